"""Small files in real formats, written by hand so that the bytes are the same on every platform.

No compressor is used: zlib's output differs between builds, and evidence must not.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from datetime import datetime
from zlib import adler32, crc32


def zip_archive(members: Mapping[str, bytes], stamp: datetime) -> bytes:
    """Return a ZIP archive of stored members.

    Args:
        members: names to contents, in order.
        stamp: the members' local time; ZIP, like FAT, keeps no zone.
    """
    time = stamp.hour << 11 | stamp.minute << 5 | stamp.second // 2
    day = (stamp.year - 1980) << 9 | stamp.month << 5 | stamp.day
    body, directory = bytearray(), bytearray()
    for name, data in members.items():
        common = struct.pack(
            "<HHHHHIIIHH", 20, 0, 0, time, day, crc32(data), len(data), len(data), len(name), 0
        )
        directory += b"PK\x01\x02" + struct.pack("<H", 20) + common
        directory += struct.pack("<HHHII", 0, 0, 0, 0, len(body)) + name.encode("ascii")
        body += b"PK\x03\x04" + common + name.encode("ascii") + data
    count, size = len(members), len(directory)
    end = struct.pack("<HHHHIIH", 0, 0, count, count, size, len(body), 0)
    return bytes(body + directory) + b"PK\x05\x06" + end


def pdf(lines: Sequence[str]) -> bytes:
    """Return a PDF of one page with lines of ASCII text."""
    shown = "".join(f"({_pdf_text(line)}) Tj T*\n" for line in lines)
    stream = f"BT /F1 11 Tf 15 TL 60 780 Td\n{shown}ET".encode("ascii")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = len(body)
    body += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    body += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    body += b"trailer\n<< /Size %d /Root 1 0 R >>\n" % (len(objects) + 1)
    return bytes(body) + b"startxref\n%d\n%%%%EOF\n" % table


def _pdf_text(line: str) -> str:
    return line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def png(rows: Sequence[bytes]) -> bytes:
    """Return a PNG of 8-bit grey pixels, its rows of one length, in stored deflate blocks."""
    raw = b"".join(b"\0" + row for row in rows)
    blocks = [raw[start : start + 0xFFFF] for start in range(0, len(raw), 0xFFFF)]
    data = bytearray(b"\x78\x01")
    for number, block in enumerate(blocks, start=1):
        last = number == len(blocks)
        data += struct.pack("<BHH", last, len(block), len(block) ^ 0xFFFF) + block
    data += struct.pack(">I", adler32(raw))
    header = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", bytes(data)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", crc32(kind + body))
        for kind, body in chunks
    )


def gif(rows: Sequence[bytes]) -> bytes:
    """Return a GIF of pixels from 0 to 127 in shades of grey, without compression."""
    width, height = len(rows[0]), len(rows)
    palette = b"".join(bytes([2 * shade] * 3) for shade in range(128))
    pixels = b"".join(rows)
    bits = _Bits(little=True)
    for index, pixel in enumerate(pixels):
        if index % 100 == 0:
            bits.add(128, 8)  # a clear code in time keeps every code at 8 bits
        bits.add(pixel, 8)
    bits.add(129, 8)
    data = bits.bytes()
    parts = [data[start : start + 255] for start in range(0, len(data), 255)]
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0xF6, 0, 0) + palette
    frame = b"," + struct.pack("<HHHHB", 0, 0, width, height, 0)
    return head + frame + b"\x07" + b"".join(bytes([len(p)]) + p for p in parts) + b"\0;"


def jpeg(rows: Sequence[bytes]) -> bytes:
    """Return a grey JPEG (baseline) in which each value of the rows fills 8 by 8 pixels."""
    tables = b"\xff\xdb" + struct.pack(">HB", 67, 0) + bytes([8] * 64)
    size = struct.pack(">HBHHB", 11, 8, 8 * len(rows), 8 * len(rows[0]), 1)
    frame = b"\xff\xc0" + size + bytes([1, 0x11, 0])
    # Twelve categories of brightness steps, four bits each; one code for "no detail in this block".
    dc = b"\xff\xc4" + struct.pack(">HB", 31, 0x00) + bytes([0, 0, 0, 12] + [0] * 12 + [*range(12)])
    ac = b"\xff\xc4" + struct.pack(">HB", 20, 0x10) + bytes([1] + [0] * 15 + [0])
    scan = b"\xff\xda" + struct.pack(">HB", 8, 1) + bytes([1, 0x00, 0, 63, 0])
    bits, before = _Bits(little=False), 128
    for value in b"".join(rows):
        step, before = value - before, value
        length = abs(step).bit_length()
        bits.add(length, 4)
        bits.add(step if step >= 0 else step + (1 << length) - 1, length)
        bits.add(0, 1)
    body = bits.bytes(fill=1).replace(b"\xff", b"\xff\x00")
    jfif = b"\xff\xe0" + struct.pack(">H5sHBHHBB", 16, b"JFIF\0", 0x0101, 0, 1, 1, 0, 0)
    return b"\xff\xd8" + jfif + tables + frame + dc + ac + scan + body + b"\xff\xd9"


class _Bits:
    """Codes of any length, packed into bytes from the low or from the high end."""

    def __init__(self, *, little: bool) -> None:
        self._little = little
        self._digits: list[str] = []

    def add(self, value: int, length: int) -> None:
        digits = f"{value:0{length}b}" if length else ""
        self._digits.append(digits[::-1] if self._little else digits)

    def bytes(self, fill: int = 0) -> bytes:
        text = "".join(self._digits)
        text += str(fill) * (-len(text) % 8)
        step = -1 if self._little else 1
        return bytes(int(text[at : at + 8][::step], 2) for at in range(0, len(text), 8))
