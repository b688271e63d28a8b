"""How what a worker or a thread answers reaches the event loop."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any


def answer_to(job: Future[Any]) -> asyncio.Future[Any]:
    """The job's answer on this event loop; cancelled when the job was.

    Unlike `asyncio.wrap_future` it never cancels the job when who asked has left: a pool of Python 3.11 whose process
    dies stops at the first cancelled job, and all who wait behind it would never hear that their worker is gone.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Any] = loop.create_future()

    def tell(done: Future[Any]) -> None:
        if answer.done():
            return
        if done.cancelled():
            answer.cancel()
        elif error := done.exception():
            answer.set_exception(error)
        else:
            answer.set_result(done.result())

    def heed(done: Future[Any]) -> None:  # told which job: one that knew it would keep it and its result until a gc
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(tell, done)

    job.add_done_callback(heed)
    return answer


async def aside(action: Callable[[], object]) -> None:
    """Do this in a thread that the end of the server need not wait for, as it would for those of asyncio.

    Raises:
        OSError: `action` failed.
    """
    done: Future[None] = Future()

    def act() -> None:
        failure: OSError | None = OSError("it ended early")  # whatever comes: who waits must hear of it
        try:
            action()
            failure = None
        except (OSError, EOFError) as error:  # EOFError: the process that workers are forked from has ended
            failure = OSError(str(error))
        finally:
            done.set_exception(failure) if failure else done.set_result(None)

    threading.Thread(target=act, daemon=True).start()
    await answer_to(done)
