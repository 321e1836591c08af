"""The worker: takes event rows and hands them to the stages, at least once (docs/decisions/0005).

`kinds` says who handles what, `claims` moves rows between their states, `worker` runs the lanes.
"""
