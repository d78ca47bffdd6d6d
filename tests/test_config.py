"""The configuration: file and environment, and every mistake told at once."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from freshwire.config import BadConfig, config_file, load


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable of ours but an empty home."""
    for name in [name for name in os.environ if name.startswith("FRESHWIRE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("FRESHWIRE_HOME", str(tmp_path / "home"))


def write(tmp_path: Path, text: str) -> Path:
    """The configuration file of the home folder."""
    file = tmp_path / "home" / "freshwire.toml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def problems() -> list[str]:
    """What is wrong with the configuration."""
    with pytest.raises(BadConfig) as caught:
        load()
    return caught.value.problems


def test_without_anything_there_are_defaults(tmp_path: Path) -> None:
    """The service on 127.0.0.1:8787, sample and default feeds on, everything below home."""
    config = load()

    assert ("127.0.0.1", 8787, True, True) == (
        config.host, config.port, config.samples, config.default_feeds,
    )  # fmt: skip
    assert tmp_path / "home" == config.home
    assert all(path.is_relative_to(config.home) for path in (config.index, config.state))
    assert "http://127.0.0.1:8787" == config.url
    assert not config.fetch.allow_private
    assert not config.home.exists()


def test_the_file_sets_and_the_environment_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Key by key, also within a section; an empty variable sets nothing."""
    write(tmp_path, 'port = 9000\nsamples = false\n[fetch]\nallow_private = true\ncontact = "x"\n')
    monkeypatch.setenv("FRESHWIRE_PORT", "9001")
    monkeypatch.setenv("FRESHWIRE_FETCH__CONTACT", "ops@example.org")
    monkeypatch.setenv("FRESHWIRE_HOST", "")

    config = load()

    assert (9001, False, "127.0.0.1") == (config.port, config.samples, config.host)
    assert (True, "ops@example.org") == (config.fetch.allow_private, config.fetch.contact)


@pytest.mark.parametrize(
    ("text", "value"), [("on", True), ("OFF", False), ("true", True), ("0", False)]
)
def test_switches_are_on_or_off(monkeypatch: pytest.MonkeyPatch, text: str, value: bool) -> None:
    """In the words that the documentation uses, and in those of others."""
    monkeypatch.setenv("FRESHWIRE_SAMPLES", text)

    assert value is load().samples


def test_another_file_may_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """FRESHWIRE_CONFIG wins over the file in the home folder, and must exist."""
    write(tmp_path, "port = 9000")
    other = tmp_path / "other.toml"
    other.write_text("port = 9002")
    monkeypatch.setenv("FRESHWIRE_CONFIG", str(other))

    assert (other, 9002) == (config_file(), load().port)

    other.unlink()
    (problem,) = problems()
    assert str(other) in problem


def test_a_source_is_read_whole(tmp_path: Path) -> None:
    """What is configured is what the indexer follows."""
    write(
        tmp_path,
        '[[source]]\nname = "ecb"\nurl = "https://www.ecb.europa.eu/rss/press.html"\n'
        'class = "analysis"\nlabels = ["desk"]\nzone = "Europe/Berlin"\ninterval_minutes = 30\n'
        'full_text = true\nmay_quote = 90\n[[source]]\nname = "vix"\nkind = "market"\n'
        'url = "https://example.org/vix.csv"\nsymbol = "VIX"\n'
        'columns = {date = "D", close = "C"}\n',
    )

    ecb, vix = (source.spec() for source in load().source)

    assert ("ecb", "analysis", ("desk",), "Europe/Berlin", True, 90) == (
        ecb.name, ecb.class_, ecb.labels, ecb.zone, ecb.full_text, ecb.may_quote,
    )  # fmt: skip
    assert (timedelta(minutes=30), "config") == (ecb.interval, ecb.origin)
    assert (("date", "D"), ("close", "C")) == vix.columns


def test_everything_wrong_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """File and environment, unknown keys and bad values: one sentence each, with its place."""
    file = write(
        tmp_path,
        'prot = 1\nhost = "0.0.0.0"\n[fetch]\nallow = true\n[embedding]\nmodel = "gpt"\n'
        '[[source]]\nname = "A B"\nurl = "x"\nzone = "Mars/Base"\ninterval_minutes = 0\n',
    )
    monkeypatch.setenv("FRESHWIRE_PORT", "many")
    monkeypatch.setenv("FRESHWIRE_SAMPELS", "off")

    told = problems()

    for where, what in (
        (f"{file}: prot", "not a known key"),
        (f"{file}: host", "not a loopback address"),
        (f"{file}: fetch.allow", "not a known key"),
        (f"{file}: embedding.model", "hashing"),
        (f"{file}: source.0.name", "source name"),
        (f"{file}: source.0.zone", "Mars/Base"),
        (f"{file}: source.0.interval_minutes", "greater than or equal to 1"),
        ("FRESHWIRE_PORT", "integer"),
        ("FRESHWIRE_SAMPELS", "not known"),
    ):
        assert 1 == sum(where in each and what in each for each in told), (where, told)
    assert 9 == len(told)
    assert not any("\n" in each for each in told)


def test_two_sources_of_one_name_are_refused(tmp_path: Path) -> None:
    """The name is what tells them apart everywhere."""
    source = '[[source]]\nname = "a"\nurl = "https://example.org/{}"\n'
    write(tmp_path, source.format(1) + source.format(2))

    (problem,) = problems()
    assert "more than one source is named a" in problem


@pytest.mark.parametrize("text", ["port = ", "[fetch", "port = 1\nport = 2", "\x00"])
def test_a_file_that_is_no_toml_is_named(tmp_path: Path, text: str) -> None:
    """One sentence with the file and the place."""
    file = write(tmp_path, text)

    (problem,) = problems()
    assert problem.startswith(f"{file} cannot be read")


def test_a_file_that_is_no_utf8_is_named(tmp_path: Path) -> None:
    """Bytes of another encoding."""
    file = write(tmp_path, "")
    file.write_bytes(b'contact = "\xff"')

    (problem,) = problems()
    assert problem.startswith(f"{file} cannot be read")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FRESHWIRE_SOURCE", "not json"),
        ("FRESHWIRE_SOURCE", '{"name": 1}'),
        ("FRESHWIRE_FETCH", "on"),
        ("FRESHWIRE_FETCH", "[1]"),
        ("FRESHWIRE_SERVICE__HOSTS", "wire.example.org"),
        ("FRESHWIRE_PORT", "0"),
        ("FRESHWIRE_PORT", "99999999999999999999"),
        ("FRESHWIRE_HOST", "example.org"),
        ("FRESHWIRE_SAMPLES", "maybe"),
        ("FRESHWIRE_HOME", "~nobody-of-that-name/x"),
    ],
)
def test_a_bad_variable_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """Whatever it holds, the answer is a sentence that names it."""
    monkeypatch.setenv(name, value)

    assert any(name in problem for problem in problems())


def test_a_list_in_a_variable_is_json(monkeypatch: pytest.MonkeyPatch) -> None:
    """And whoever writes it otherwise is shown how."""
    monkeypatch.setenv("FRESHWIRE_SERVICE__HOSTS", '["wire.example.org"]')
    assert ("wire.example.org",) == load().service.hosts

    monkeypatch.setenv("FRESHWIRE_SERVICE__HOSTS", "wire.example.org")
    assert ['FRESHWIRE_SERVICE__HOSTS must be JSON: a list, like ["a", "b"]'] == problems()


def test_variables_of_the_tests_are_none_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """They may stand in the environment of any command."""
    monkeypatch.setenv("FRESHWIRE_TEST_DATA", "/data")

    assert 8787 == load().port


def test_an_ipv6_host_has_a_usable_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """Brackets around it, as RFC 3986 §3.2.2 wants."""
    monkeypatch.setenv("FRESHWIRE_HOST", "::1")

    assert "http://[::1]:8787" == load().url


@settings(max_examples=100, deadline=None)
@given(
    name=st.sampled_from(["HOME", "HOST", "PORT", "SAMPLES", "FETCH__CONTACT", "SERVICE__HOSTS"]),
    value=st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=30),
)
def test_no_value_of_a_variable_is_a_crash(name: str, value: str) -> None:
    """It is taken, or it is a BadConfig."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(f"FRESHWIRE_{name}", value)
        try:
            load()
        except BadConfig as error:
            assert error.problems
