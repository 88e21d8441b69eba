"""A copy of a picture with its provenance as metadata: as XMP, and in PNG as text too; or with no more than the mark
that says what made it, IPTC's digital source type.

The pixels and all other metadata stay byte for byte, so that removing the annotation gives the file
as it was served, which its digest proves.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from html import escape
from itertools import islice
from typing import TypeVar

from vidgo_notebook.domain.image_formats import OUR_NAMESPACE
from vidgo_notebook.render.containers import Container, Png, container_of

_T = TypeVar("_T")
_NAMESPACE = OUR_NAMESPACE.decode()
_TEXT_IN_PNG = b"vidgo\0\0\0\0\0"
_HEAD = (
    b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
)
_FOOT = b'</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
_END = b"</rdf:RDF>"
_BEGIN, _CLOSE = b"<rdf:Description ", b"</rdf:Description>"
_MARK = b'xmlns:vidgo="' + _NAMESPACE.encode() + b'"'
_MOST_XMP = 4 * 1024 * 1024  # bytes that are read; a record has at most half of it
_MOST_PIECES = 100_000  # of a file; a picture of 64 MB in chunks of 8 kB has 8,000
_NOT_IN_XML = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # its complement compiles for 8 ms
_SOURCE_TYPE = b"DigitalSourceType"
_COMPOSITE = "compositeWithTrainedAlgorithmicMedia"
_SOURCES = "http://cv.iptc.org/newscodes/digitalsourcetype/"


_SPACES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
}


@dataclass(frozen=True, slots=True)
class Note:
    """The content of an annotation. ``record`` is JSON in ASCII; ``prompt``, ``tool`` and ``created``
    (ISO 8601) are for programs that show a picture's description; ``source_type`` is IPTC's word for how it was
    made."""

    record: str
    prompt: str
    tool: str
    created: str
    source_type: str


def annotated(data: bytes, note: Note) -> bytes:
    """A picture file with a note. ValueError for a format without XMP support here, or a note that is too long."""
    container = _readable(container_of, data)
    pieces = _pieces(container, data)
    text = container.text_piece(_TEXT_IN_PNG, note.record.encode()) if isinstance(container, Png) else b""
    return _with_packet(container, pieces, lambda packet: _description(note, packet), text)


def _with_packet(
    container: Container, pieces: list[bytes], description: Callable[[bytes], bytes], before: bytes = b""
) -> bytes:
    """The file with a description in its packet, or in one of its own, and with the piece ``before`` that."""
    place = next((n for n, piece in enumerate(pieces) if container.packet(piece) is not None), None)
    if place is None:
        place = container.place(pieces)
        pieces.insert(place, container.piece(_HEAD + description(b"") + _FOOT))
    else:
        packet = container.packet(pieces[place]) or b""
        start, end, rest = packet.rpartition(_END)
        pieces[place] = container.piece(start + description(packet) + end + rest)
    if before:
        pieces.insert(place, before)
    return container.join(pieces)


def marked(data: bytes, source_type: str) -> bytes:
    """A picture file with the mark alone. Unchanged if it says already what made it, or has content credentials, which
    say so too and would be broken; and so is a file that has no place for it."""
    try:
        container = _readable(container_of, data)
        pieces = _pieces(container, data)
        packets = [packet for piece in pieces if (packet := container.packet(piece)) is not None]
        if any(map(container.has_credentials, pieces)) or any(_SOURCE_TYPE in packet for packet in packets):
            return data
        return _with_packet(container, pieces, lambda _: _mark(source_type))
    except ValueError:
        return data


def without_mark(data: bytes) -> bytes:
    """The file as it was before ``marked``; unchanged if it has no mark of ours, or a whole note."""
    try:
        return data if note_in(data) is not None else without_note(data)
    except ValueError:
        return data


def common_source_type(types: Iterable[str]) -> str:
    """What a drawing of several pictures is called, by what each of them is; '' for one of none."""
    found = {each for each in types if each}
    return found.pop() if len(found) == 1 else _COMPOSITE if found else ""


def note_in(data: bytes) -> str | None:
    """The record in a picture file; None if there is none. ValueError if it is not a picture file."""
    container = _readable(container_of, data)
    pieces = _pieces(container, data)
    if isinstance(container, Png):
        for piece in pieces:
            if (text := container.text(piece, _TEXT_IN_PNG)) is not None:
                return text.decode("ascii", "replace")
    packets = [packet for piece in pieces if (packet := container.packet(piece)) is not None]
    if sum(map(len, packets)) > _MOST_XMP:
        return None
    return next((record for packet in packets if (record := _record_in(packet))), None)


def without_note(data: bytes) -> bytes:
    """The file as it was before ``annotated``; unchanged if it has no note. ValueError as above."""
    container = _readable(container_of, data)
    pieces = [kept for piece in _pieces(container, data) if (kept := _cleaned(container, piece)) is not None]
    return container.join(pieces)


def _cleaned(container: Container, piece: bytes) -> bytes | None:
    """A piece without our note; None if it held nothing else."""
    if isinstance(container, Png) and container.text(piece, _TEXT_IN_PNG) is not None:
        return None
    packet = container.packet(piece)
    if packet is None or (rest := _without_ours(packet)) == packet:
        return piece
    return None if rest == _HEAD + _FOOT else container.piece(rest)


def _without_ours(packet: bytes) -> bytes:
    """A packet without our descriptions; each byte is looked at a few times, whatever the packet is."""
    kept, done, place = list[bytes](), 0, 0
    while (mark := packet.find(_MARK, place)) >= 0:
        begin, place = packet.rfind(_BEGIN, place, mark), mark + len(_MARK)
        if begin >= 0 and b">" not in packet[begin:mark]:
            if (close := packet.find(_CLOSE, mark)) < 0:
                break
            kept.append(packet[done:begin])
            done = place = close + len(_CLOSE)
    return b"".join([*kept, packet[done:]])


def _description(note: Note, packet: bytes = b"") -> bytes:
    """Our part of a packet. It does not repeat the properties that another program's ``packet`` has."""
    head = f'<rdf:Description rdf:about="" xmlns:vidgo="{_NAMESPACE}" vidgo:record="{escape(note.record)}"'
    common = {
        "Iptc4xmpExt:DigitalSourceType": _SOURCES + note.source_type,
        "xmp:CreatorTool": escape(note.tool),
        "xmp:CreateDate": escape(note.created),
    }
    missing = {name: value for name, value in common.items() if name.partition(":")[2].encode() not in packet}
    spaces = [f'xmlns:{prefix}="{url}"' for prefix, url in _SPACES.items()]
    properties = [f'{name}="{value}"' for name, value in missing.items()]
    opening = " ".join([head, *spaces, *properties])
    if b"dc:description" in packet:
        return f"{opening}></rdf:Description>".encode()
    prompt = escape(_NOT_IN_XML.sub(" ", note.prompt))
    words = f'<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{prompt}</rdf:li></rdf:Alt></dc:description>'
    return f"{opening}>{words}</rdf:Description>".encode()


def _mark(source_type: str) -> bytes:
    """Our part of a packet, with no more than what made the picture."""
    space = f'xmlns:Iptc4xmpExt="{_SPACES["Iptc4xmpExt"]}"'
    mark = f'Iptc4xmpExt:DigitalSourceType="{_SOURCES}{source_type}"'
    return f'<rdf:Description rdf:about="" xmlns:vidgo="{_NAMESPACE}" {space} {mark}></rdf:Description>'.encode()


def _record_in(packet: bytes) -> str | None:
    """Our property in a packet, in any place where a program that rewrites XMP may put it."""
    if b"<!" in packet:  # XMP has no document type, and entities in one could expand without limit
        return None
    from xml.etree import ElementTree  # late: a picture is marked without it

    try:
        root = ElementTree.fromstring(packet.strip(b"\0 \r\n"))  # noqa: S314  no document type, so no entities
    except ElementTree.ParseError:
        return None
    name = f"{{{_NAMESPACE}}}record"
    return next((found for each in root.iter() if (found := each.get(name) or (each.tag == name and each.text))), None)


def _pieces(container: Container, data: bytes) -> list[bytes]:
    pieces = _readable(lambda file: list(islice(container.split(file), _MOST_PIECES + 1)), data)
    if len(pieces) > _MOST_PIECES:
        raise ValueError("the file has more parts than a picture has")
    return pieces


def _readable(read: Callable[[bytes], _T], data: bytes) -> _T:
    try:
        return read(data)
    except (struct.error, IndexError, StopIteration):
        raise ValueError("the file is cut short") from None
