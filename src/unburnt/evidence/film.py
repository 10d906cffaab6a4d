"""Films and sound: length, size, what the container claims, and one small picture of a film.

    facts(descriptor, "video/mp4")      ->  duration, width, height, capturedAt, capturePlace, …
    still(descriptor, "video/mp4")      ->  a thumbnail derived from the first second

Specification: docs/spec/media.md, "Films and sound". Runs in the examining child, by the programs
ffprobe and ffmpeg; the reader is chosen by the file's kind, so no playlist can name another file.
"""

from __future__ import annotations

import io
import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cache
from typing import Any

from unburnt.core.errors import ForeignDataError
from unburnt.evidence.camera_claims import captured, decimal, reported, shown
from unburnt.evidence.findings import Derived, Failure, Finding, Report, one_line
from unburnt.evidence.image_facts import QUALITY, THUMBNAIL, thumbnail
from unburnt.evidence.media_libraries import pillow, program

# The reader of each kind. Forced, so that nothing else in the programs looks at hostile bytes.
READERS = {
    "video/mp4": "mov",
    "video/quicktime": "mov",
    "video/3gpp": "mov",
    "audio/mp4": "mov",
    "video/x-matroska": "matroska",
    "video/x-msvideo": "avi",
    "audio/ogg": "ogg",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
    "audio/flac": "flac",
    "audio/amr": "amr",
}
_SECONDS = 30
_MAX_SAID = 2**20
_PLACE = re.compile(r"([+-]\d{1,2}(?:\.\d{1,8})?)([+-]\d{1,3}(?:\.\d{1,8})?)")
_NUMBER = re.compile(r"\d{1,9}(?:\.\d{1,3})?")


def facts(descriptor: int, kind: str) -> Report:
    """Return what ffprobe tells of a film or sound in an open file."""
    path = program("ffprobe")
    if path is None:
        return Report(failures=(Failure("film", "ffprobe is not installed."),))
    shown_parts = (
        "format=duration,format_name:format_tags:stream=codec_type,codec_name,width,height"
    )
    command = [path, *_input(descriptor, kind), "-show_entries", shown_parts, "-of", "json"]
    said = _run(command, descriptor)
    try:
        found = json.loads(said[:_MAX_SAID])
    except (ValueError, RecursionError) as error:
        raise ForeignDataError("The film is damaged.", "Keep it.") from error
    made_by = f"ffprobe {_version(path)}"
    if not isinstance(found, dict) or not found.get("streams"):
        raise ForeignDataError("The film has no stream that can be read.", "Keep it.")
    return Report(tuple(_findings(found, made_by)), tools=(made_by,))


def still(descriptor: int, kind: str) -> Report:
    """Return a thumbnail of the frame at one second, or of the first where there is none."""
    path = program("ffmpeg")
    if path is None:
        return Report(failures=(Failure("look", "ffmpeg is not installed."),))
    for start in ("1", "0"):
        output = ["-an", "-frames:v", "1", "-vf", f"scale={2 * THUMBNAIL}:-2", "-c:v", "png"]
        command = [path, "-nostdin", "-ss", start, *_input(descriptor, kind)]
        png = _run([*command, *output, "-f", "image2pipe", "-"], descriptor)
        if png:
            break
    if not png:
        raise ForeignDataError("No frame of the film can be shown.", "Keep it.")
    with pillow().open(io.BytesIO(png)) as image:
        small = thumbnail(image)
    made_by = f"ffmpeg {_version(path)}"
    operations = (
        f"frame at {start} s; reduced to fit {THUMBNAIL} × {THUMBNAIL}; saved as JPEG of quality"
        f" {QUALITY} without metadata"
    )
    made = Derived("thumbnail", "image/jpeg", "thumbnail.jpg", made_by, operations, data=small)
    return Report(derived=(made,), tools=(made_by,))


def _input(descriptor: int, kind: str) -> list[str]:
    safe = ["-v", "error", "-protocol_whitelist", "file", "-threads", "1"]
    return [*safe, "-f", READERS[kind], "-i", f"file:/dev/fd/{descriptor}"]


def _run(command: list[str], descriptor: int) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program and words of our own
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=(descriptor,),
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ForeignDataError("Reading the film took too long.", "Keep it.") from error
    return done.stdout


def _findings(found: Mapping[str, Any], made_by: str) -> Iterator[Finding]:
    container = found.get("format") or {}
    duration = str(container.get("duration", ""))
    if match := _NUMBER.match(duration):
        yield Finding("duration", {"number": decimal(Fraction(match[0])), "unit": "s"})
    streams = [s for s in found["streams"] if isinstance(s, dict)]
    pictures = (s for s in streams if s.get("codec_type") == "video")
    first = next(pictures, {})
    for name in ("width", "height"):
        if isinstance(first.get(name), int) and 0 < first[name] < 10**6:
            yield Finding(name, {"number": str(first[name]), "unit": "px"})
    tags = container.get("tags") or {}
    plain = {str(k).lower(): str(v) for k, v in tags.items()} if isinstance(tags, dict) else {}
    yield from _claims(plain, made_by)
    codecs = {f"stream {n}": str(s.get("codec_name", "?")) for n, s in enumerate(streams[:32])}
    yield from shown("container", {**plain, **codecs}, made_by)


def _claims(tags: Mapping[str, str], made_by: str) -> Iterator[Finding]:
    for name in ("com.apple.quicktime.creationdate", "creation_time", "date"):
        moment = re.sub(r"\.\d+", "", tags.get(name, ""))
        moment = re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", moment)
        found = captured(moment, "", f"container {name}", made_by)
        if found is not None and not moment.startswith("1904"):  # the zero of QuickTime's clock
            yield found
            break
    device = [tags.get(f"com.apple.quicktime.{part}", "") for part in ("make", "model")]
    device = [part for part in device if part] or [tags.get("com.android.model", "")]
    if any(device):
        where = "container make, model"
        yield reported("captureDevice", {"text": one_line(" ".join(device))}, where, made_by)
    place = tags.get("com.apple.quicktime.location.iso6709") or tags.get("location") or ""
    if match := _PLACE.match(place):
        latitude, longitude = Fraction(match[1]), Fraction(match[2])
        if abs(latitude) <= 90 and abs(longitude) <= 180 and (latitude or longitude):
            value = {
                "name": one_line(place),
                "precision": 1 if "." in match[1] and "." in match[2] else 2,
                "lat": decimal(latitude),
                "lon": decimal(longitude),
            }
            yield reported("capturePlace", {"place": value}, "container location", made_by)


@cache
def _version(path: str) -> str:
    done = subprocess.run([path, "-version"], capture_output=True, timeout=20, check=False)  # noqa: S603 - as above
    words = done.stdout.decode("utf-8", "replace").split()
    return one_line(words[2]) if len(words) > 2 else "of unknown version"
