"""Cases: opened from answers, given to somebody, worked on, escalated when late, closed with what came of it.

`opening` makes them, `owning` says whose they are, `working` is what people do with them, `replying` writes to the
customer and takes in what comes back, `escalating` looks after what is late, `reading` shows them.
"""
