"""What customers see: the survey page by personal link, anonymous link and kiosk, unsubscribing, QR codes.

No log-in, no cookie, one request: style and script stand in the page, so that it is readable at once on a slow line.
A GET never writes a score.
"""
