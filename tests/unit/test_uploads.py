"""Files that visits upload take a bounded part of the memory, however many they are."""

from __future__ import annotations

import asyncio
from typing import Any

from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from playground.live.uploads import ALL_BYTES, FILE_BYTES, PLACE, VISIT_BYTES, Uploads

MB = 1_000_000


class Door:
    """Streamlit's own holder of files behind the bound; a file that is put is taken once the test says so."""

    def __init__(self) -> None:
        self.files = MemoryUploadedFileManager(PLACE)
        self.guard = Uploads(self.take, lambda: self.files)
        self.open = asyncio.Event()
        self.open.set()

    async def take(self, scope: Any, _receive: Any, send: Any) -> None:
        await self.open.wait()
        visit, file = scope["path"].removeprefix(PLACE).split("/")
        self.files.add_file(visit, UploadedFileRec(file, "a.csv", "text/csv", b"x" * scope["size"]))
        await send({"type": "http.response.start", "status": 204})

    async def put(self, visit: str, file: str, size: int, *, told: bool = True) -> int:
        said: list[int] = []

        async def hear(message: Any) -> None:
            said.append(message.get("status", 0))

        headers = [(b"content-length", str(size).encode())] if told else []
        path = f"{PLACE}{visit}/{file}"
        await self.guard({"type": "http", "method": "PUT", "path": path, "headers": headers, "size": size}, None, hear)  # type: ignore[arg-type]
        return said[0]

    def held(self, visit: str) -> list[str]:
        return list(self.files.file_storage[visit])


def test_a_visit_keeps_its_newest_files_only() -> None:
    async def test() -> None:
        door = Door()
        for n in range(8):
            assert await door.put("a", str(n), 9 * MB, told=n % 2 == 0) == 204
        assert await door.put("b", "0", 9 * MB) == 204
        assert door.held("a") == ["5", "6", "7"]
        assert door.held("b") == ["0"]

    asyncio.run(test())


def test_files_on_their_way_count_too() -> None:
    async def test() -> None:
        door = Door()
        door.open.clear()
        n_most = VISIT_BYTES // FILE_BYTES
        coming = [asyncio.ensure_future(door.put("a", str(n), MB, told=False)) for n in range(n_most + 3)]
        while sum(task.done() for task in coming) < 3:
            await asyncio.sleep(0)
        door.open.set()
        assert sorted(await asyncio.gather(*coming)) == [204] * n_most + [413] * 3
        assert await door.put("a", "next", MB) == 204
        assert not door.guard._coming

    asyncio.run(test())


def test_all_visits_together_fill_no_memory() -> None:
    async def test() -> None:
        door = Door()
        n_most = ALL_BYTES // (9 * MB)
        said = [await door.put(f"visit {n}", "0", 9 * MB) for n in range(n_most + 2)]
        assert said == [204] * n_most + [413] * 2
        door.files.remove_session_files("visit 0")
        assert await door.put("late", "0", 9 * MB) == 204

    asyncio.run(test())
