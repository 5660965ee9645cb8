"""Jobs that belong to the server, not to a browser tab: a queue, cancel, a wall-clock end, and a log on disk.

In: "solve this cell", "answer this chat". Out: a Job whose `value` is always the latest whole picture of the run.
Windows watch a job with `wait`; closing one changes nothing.
"""

from phi4web.runs.borrowed import Borrowed
from phi4web.runs.cells import recheck, start_check, start_solve
from phi4web.runs.chats import start_chat
from phi4web.runs.jobs import Job, Jobs
from phi4web.runs.services import Services, cell_owner, chat_owner, choose_model, open_services

__all__ = [
    "Borrowed",
    "Job",
    "Jobs",
    "Services",
    "cell_owner",
    "chat_owner",
    "choose_model",
    "open_services",
    "recheck",
    "start_chat",
    "start_check",
    "start_solve",
]
