"""Every library of both locks may be built on; GPL and AGPL are refused, LGPL is not."""

from email.message import Message
from importlib.metadata import PackageNotFoundError, distribution

import pytest

from tests.house.licences import acceptable, choices, grants
from tests.house.lockfile import LOCKS, read_lock


def stated(*headers: tuple[str, str]) -> Message:
    """The metadata of a made-up library."""
    metadata = Message()
    for name, value in headers:
        metadata[name] = value
    return metadata


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_library_has_a_licence_we_accept(lock: str) -> None:
    refused, absent = [], []
    for name, locked in read_lock(lock).items():
        if not locked.applies_here:
            continue
        try:
            library = distribution(name)
        except PackageNotFoundError:
            absent.append(name)
            continue
        granted = () if choices(library.metadata) else grants(library)
        if not acceptable(library.metadata, granted=granted):
            refused.append((name, choices(library.metadata)))
    assert refused == []
    assert absent == [], "not installed here, so their licence was not read"


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([("License-Expression", "GPL-3.0-or-later")], id="gpl expression"),
        pytest.param([("License-Expression", "AGPL-3.0-only")], id="agpl expression"),
        pytest.param([("License-Expression", "MIT AND GPL-2.0-only")], id="part of it is gpl"),
        pytest.param(
            [("License-Expression", "(MIT OR BSD-3-Clause) AND GPL-2.0-only")], id="nested"
        ),
        pytest.param([("License", "GPLv3")], id="gpl free text"),
        pytest.param([("License", "GNU Affero General Public License v3")], id="agpl in words"),
        pytest.param(
            [
                ("License", "see the file"),
                (
                    "Classifier",
                    "License :: OSI Approved :: GNU General Public License v3 (GPLv3)",
                ),
            ],
            id="gpl classifier",
        ),
        pytest.param([("Name", "silent")], id="says nothing"),
    ],
)
def test_a_library_under_strong_copyleft_or_none_is_refused(
    headers: list[tuple[str, str]],
) -> None:
    assert not acceptable(stated(*headers))


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([("License-Expression", "Apache-2.0 OR BSD-3-Clause")], id="permissive"),
        pytest.param([("License-Expression", "GPL-2.0-only OR MIT")], id="a choice without gpl"),
        pytest.param([("License-Expression", "LGPL-3.0-or-later")], id="lgpl expression"),
        pytest.param(
            [
                (
                    "Classifier",
                    (
                        "License :: OSI Approved :: "
                        "GNU Lesser General Public License v2 or later (LGPLv2+)"
                    ),
                ),
            ],
            id="lgpl classifier",
        ),
        pytest.param([("License", "MIT License\n\nPermission is hereby granted")], id="whole text"),
    ],
)
def test_permissive_and_lesser_licences_are_accepted(headers: list[tuple[str, str]]) -> None:
    assert acceptable(stated(*headers))


def test_a_licence_file_counts_only_where_the_metadata_says_nothing() -> None:
    assert acceptable(stated(("Name", "silent")), granted=("MIT",))
    assert not acceptable(stated(("License-Expression", "GPL-3.0-only")), granted=("MIT",))
