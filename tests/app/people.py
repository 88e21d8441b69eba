"""Who sits in front of a session."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Person:
    """``answer`` is what they say to every question; ``asked`` what they were asked, ``told`` what they heard."""

    there: bool = False
    answer: bool = False
    asked: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def ask(self, question: str) -> bool:
        self.asked.append(question)
        return self.answer
