"""Who is writing, as far as Telegram and the store know. What they may do, `door.py` decides."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from weakref import WeakValueDictionary

from telegram import User

from pipeline.catalogue import Texts
from pipeline.content import Content
from pipeline.errors import StoreError
from pipeline.ports import People
from pipeline.values import Person

Change = Callable[[Person], Person]


class Guests:
    """Telegram's users as persons. Methods that ask the store raise StoreError."""

    def __init__(self, people: People, content: Content) -> None:
        self._people = people
        self._content = content
        self._changing: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    def stranger(self, user: User) -> Person:
        """Somebody as Telegram tells of them; nothing is looked up or kept."""
        return self._as_seen(Person(user.id), user)

    async def know(self, user: User) -> Person:
        """Somebody as remembered, with the name and language that Telegram tells now."""
        return self._as_seen(await self._people.person(user.id), user)

    async def at_best(self, user: User) -> Person:
        """Somebody as remembered or, where the store is broken, as Telegram tells of them."""
        try:
            return await self.know(user)
        except StoreError:
            return self.stranger(user)

    async def recall(self, user: int) -> Person:
        """Somebody as remembered."""
        return await self._people.person(user)

    async def change(self, user: User | Person, change: Change) -> Person:
        """Remember somebody with one thing changed, whatever else is being changed meanwhile."""
        async with self._changing.setdefault(user.id, asyncio.Lock()):
            person = await self._people.person(user.id)
            seen = user if isinstance(user, User) else None
            changed = change(person if seen is None else self._as_seen(person, seen))
            await self._people.keep(changed)
            return changed

    def texts(self, person: Person) -> Texts:
        return self._content.texts(person.language)

    def _as_seen(self, person: Person, user: User) -> Person:
        spoken = (user.language_code or "").split("-")[0].lower()
        keeps = person.language_chosen or spoken not in self._content.languages
        return replace(person, name=user.first_name, language=person.language if keeps else spoken)
