"""The command without a daemon: what it does, what it says, and how it ends."""

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from freshwire.app import open_dead_letters, open_reader
from freshwire.cli import app
from freshwire.config import load
from indexer import DeadLetter
from streams import Malformed
from tests.command_line import answering, settings_of
from tests.test_render import state

Run = Callable[..., Result]

DAM = {
    "source": "newsroom",
    "id": "1",
    "title": "Dam fails",
    "text": "The dam at Redhook failed on Sunday.",
    "url": "https://example.org/news/redhook-dam-fails",
    "published": "2026-03-01T10:00:00Z",
}
AT = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command on an empty home folder."""
    for name, value in settings_of(tmp_path / "home").items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str, input: bytes | None = None) -> Result:
        done = CliRunner().invoke(app, list(arguments), input=input)
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert "Traceback" not in done.output
        return done

    return run


def lines(*values: object) -> bytes:
    """JSON lines."""
    return b"".join(json.dumps(value).encode() + b"\n" for value in values)


def buried(*raw: bytes) -> None:
    """Dead letters in the home folder."""
    config = load()
    config.home.mkdir(parents=True, exist_ok=True)
    box = open_dead_letters(config)
    letters = [
        Malformed(source="newsroom", id=str(n), raw=each, error="no text", observed=AT)
        for n, each in enumerate(raw)
    ]
    box.put([DeadLetter(what=letter, error=letter.error, at=AT) for letter in letters])
    box.close()


def test_the_version_is_told(run: Run) -> None:
    """`--version` names the program and its version."""
    assert run("--version").output.startswith("freshwire 0.")


@pytest.mark.parametrize(
    "arguments",
    [
        ["search", "x", "--as-of", "yesterdayish"],
        ["search", "x", "--limit", "0"],
        ["search", "x", "--limit", "201"],
        ["search", "x", "--recency", "soon"],
        ["search", "x", "--recency", "72:0.9"],
        ["search", "x", "--recency", "nan:0.5"],
        ["search", "x", "--since", "2026-02-01", "--until", "2026-01-01"],
        ["ask", "x", "--since", "1066"],
        ["ask"],
        ["history", "no-address-and-no-id"],
        ["dead", "replay"],
        ["dead", "replay", "1", "--all"],
        ["dead", "drop", "0"],
        ["sources", "add", "https://example.org/feed", "--class", "odd"],
        ["nonsense"],
        ["search", "x", "--nonsense"],
    ],
)
def test_wrong_usage_ends_with_2(run: Run, arguments: list[str]) -> None:
    """What cannot be meant is told, and nothing is done."""
    done = run(*arguments)

    assert 2 == done.exit_code
    assert "Error: " in done.stderr or "Usage: " in done.stderr


def test_a_bad_configuration_is_told_as_a_whole(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every mistake is named at once, and nothing starts."""
    monkeypatch.setenv("FRESHWIRE_PORT", "many")
    monkeypatch.setenv("FRESHWIRE_PROT", "1")

    for arguments in (["status"], ["config", "check"], ["doctor"], ["search", "x"]):
        done = run(*arguments)

        assert 1 == done.exit_code
        assert "FRESHWIRE_PORT" in done.output and "FRESHWIRE_PROT" in done.output


def test_a_variable_that_is_not_known_is_told_once(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One slip of the pen, one sentence; also in the JSON, which is one document."""
    assert json.loads(run("config", "check", "--json").stdout) == {"ok": True, "problems": []}
    monkeypatch.setenv("FRESHWIRE_FETCH__NOPE", "1")

    done = run("config", "check", "--json")

    assert 1 == done.exit_code
    assert 1 == json.dumps(json.loads(done.stdout)).count("FRESHWIRE_FETCH__NOPE")


def test_the_doctor_says_where_no_folder_can_be_made(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not "will be made", and nothing about the disk of a place that is none."""
    monkeypatch.setenv("FRESHWIRE_HOME", "/proc/nowhere")

    done = run("doctor")

    assert 1 == done.exit_code
    assert "/proc/nowhere cannot be made" in done.stdout and "free" not in done.stdout


def test_the_configuration_is_shown(run: Run, tmp_path: Path) -> None:
    """Every key with its value in force; the text is TOML, the JSON is one document."""
    import tomllib

    text = run("config", "show").stdout
    values = json.loads(run("config", "show", "--json").stdout)

    assert str(tmp_path / "home") == tomllib.loads(text)["home"] == values["home"]
    assert "hashing" == tomllib.loads(text)["embedding"]["model"]
    assert 0 == run("config", "check").exit_code


def test_added_items_are_found_at_once(run: Run) -> None:
    """Items from standard input answer the next search."""
    assert "1 accepted (searchable now)." in run("add", "-", input=lines(DAM)).stdout

    done = run("search", "redhook dam")

    assert 0 == done.exit_code
    assert "Dam fails" in done.stdout
    assert "newsroom · 1 March 2026" in done.stdout
    assert DAM["url"] in done.stdout


def test_bad_items_are_named_and_good_ones_go_through(run: Run, tmp_path: Path) -> None:
    """Each bad line is told with its number and reason, exit 1."""
    file = tmp_path / "items.jsonl"
    file.write_bytes(lines(DAM) + b"\n{broken\n" + lines({"source": "newsroom", "id": "2"}))

    done = run("add", str(file))

    assert 1 == done.exit_code
    assert "1 accepted (searchable now), 2 malformed." in done.stdout
    assert "line 3: not JSON" in done.stderr
    assert "line 4: text: missing or empty" in done.stderr
    assert 0 == run("search", "dam").exit_code


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("indent", [None, 2])
def test_an_array_is_added_and_told_by_index(
    run: Run, tmp_path: Path, pack: Callable[[bytes], bytes], indent: int | None
) -> None:
    """A JSON array, in one line or many, packed or not."""
    file = tmp_path / "items"
    file.write_bytes(pack(json.dumps([{}, DAM, 3, {**DAM, "id": "2"}], indent=indent).encode()))

    done = run("add", str(file), "--json")

    told = json.loads(done.stdout)
    assert 1 == done.exit_code
    assert (2, True) == (told["accepted"], told["searchable"])
    assert ["index 0", "index 2"] == [bad["place"] for bad in told["malformed"]]


def test_an_indented_object_is_one_item(run: Run) -> None:
    """What starts with an open brace on its own line is one JSON value."""
    assert 0 == run("add", "-", input=json.dumps(DAM, indent=2).encode()).exit_code


@pytest.mark.parametrize(
    "body", [b"", b"\n\n", b"[", b"\xff\xfe", b"\x1f\x8b\x08cut off", b"nonsense\n[", b"[1e999]"]
)
def test_what_holds_no_items_is_told(run: Run, body: bytes) -> None:
    """Nothing at all is no failure; what cannot be read is named."""
    done = run("add", "-", input=body)

    assert (1 if body.strip() else 0) == done.exit_code
    assert "0 accepted" in done.stdout


def test_many_items_go_through_in_batches(run: Run) -> None:
    """More items than fit into one batch are all there, and again they change nothing."""
    body = lines(*({**DAM, "id": str(n), "text": f"Dam number {n}."} for n in range(600)))

    assert "600 accepted" in run("add", "-", input=body).stdout
    assert "600 unchanged" in run("add", "-", input=body).stdout


def test_a_missing_file_is_one_sentence(run: Run, tmp_path: Path) -> None:
    """What, where, and what to do."""
    done = run("add", str(tmp_path / "absent.json"))

    assert 1 == done.exit_code
    assert "is not a file; give a file of items, or -" in done.stderr


def test_nothing_found_ends_with_3(run: Run) -> None:
    """No hit and no answer are told apart from failure."""
    for arguments in (["search", "dam"], ["ask", "What happened at the dam?"]):
        done = run(*arguments)

        assert 3 == done.exit_code
        assert "nothing is indexed yet; start with: freshwire run" in done.stderr


def test_filters_reach_the_index(run: Run) -> None:
    """Times, sources, kinds and regions narrow what is found."""
    run("add", "-", input=lines(DAM, {**DAM, "id": "2", "source": "other", "region": "us"}))

    def ids(*options: str) -> list[str]:
        done = run("search", "dam", "--json", "--no-stories", *options)
        return sorted(hit["id"] for hit in json.loads(done.stdout)["hits"])

    assert ["1", "2"] == ids()
    assert ["1"] == ids("--source", "newsroom")
    assert ["1", "2"] == ids("--source", "newsroom", "--source", "other")
    assert ["2"] == ids("--region", "us")
    assert [] == ids("--kind", "post")
    assert [] == ids("--since", "2026-03-02")
    assert ["1", "2"] == ids("--since", "2026-03-01", "--until", "2026-03-01")
    assert [] == ids("--as-of", "2026-02-28")
    assert ["1", "2"] == ids("--as-of", "2026-03-01", "--recency", "72:0.5")


def test_explain_shows_each_factor(run: Run) -> None:
    """Score, relevance, recency and the rank in each lane."""
    run("add", "-", input=lines(DAM))

    assert "why" not in run("search", "dam").stdout
    assert "relevance" in run("search", "dam", "--explain").stdout
    why = json.loads(run("search", "dam", "--explain", "--json").stdout)["hits"][0]["why"]
    assert 1 == why["dense_rank"]


def test_history_tells_versions_and_clocks(run: Run) -> None:
    """Both versions, by source and id or by address, the current one marked."""
    newer = {**DAM, "text": "The dam holds after all.", "updated": "2026-03-02T10:00:00Z"}
    run("add", "-", input=lines(DAM))
    run("add", "-", input=lines(newer))

    text = run("history", "newsroom", "1").stdout
    by_address = json.loads(run("history", DAM["url"], "--json").stdout)

    assert "2 versions" in text and "(current)" in text and "(replaced)" in text
    assert "superseded" in text and "The dam holds after all." in text
    assert ["newsroom", "1", 2] == [
        by_address["source"],
        by_address["id"],
        len(by_address["versions"]),
    ]


@pytest.mark.parametrize("where", [["newsroom", "9"], ["https://example.org/none"], ["://"]])
def test_history_of_nothing_ends_with_3(run: Run, where: list[str]) -> None:
    """An item that is not held is told as such."""
    done = run("history", *where)

    assert 3 == done.exit_code
    assert "is held" in done.stderr


def test_dead_letters_are_shown_replayed_and_dropped(run: Run) -> None:
    """What can be an item after all becomes one; the rest stays until it is dropped."""
    buried(json.dumps(DAM).encode(), b"\x1b[2Jnever")

    assert "2 of 2 dead letters" in run("dead", "list").stdout
    assert "Dam fails" in run("dead", "show", "1").stdout
    assert "\x1b" not in run("dead", "show", "2").stdout
    replayed = run("dead", "replay", "--all")
    assert 1 == replayed.exit_code
    assert "2 dead letters replayed: 1 indexed, 1 still dead." in replayed.stdout
    assert 0 == run("search", "dam").exit_code
    assert [2] == [
        one["number"] for one in json.loads(run("dead", "list", "--json").stdout)["letters"]
    ]
    assert "1 dead letter dropped." in run("dead", "drop", "2").stdout
    assert "No dead letters." in run("dead", "list").stdout


def test_a_dead_letter_that_is_not_there(run: Run) -> None:
    """One sentence, exit 1."""
    for arguments in (["dead", "show", "7"], ["dead", "drop", "7"]):
        done = run(*arguments)

        assert 1 == done.exit_code
        assert "freshwire dead list" in done.stderr


def test_all_dead_letters_are_dropped(run: Run) -> None:
    """However many there are."""
    buried(*(b"raw %d" % n for n in range(1_200)))

    assert {"dropped": 1_200} == json.loads(run("dead", "drop", "--all", "--json").stdout)


def test_sources_are_added_listed_and_removed(run: Run) -> None:
    """An added source is followed until it is removed."""
    url = "https://example.org/feed.xml"

    assert "example.org is followed" in run("sources", "add", url, "--class", "breaking").stdout
    listed = json.loads(run("sources", "list", "--json").stdout)["sources"]
    assert [("example.org", url, "breaking", "waiting")] == [
        (one["name"], one["url"], one["class"], one["health"]) for one in listed
    ]
    assert "followed already" in run("sources", "add", url).stderr
    assert 0 == run("sources", "remove", "example.org").exit_code
    assert "Nothing is followed" in run("sources", "list").stdout
    assert 1 == run("sources", "remove", "example.org").exit_code


def test_an_address_that_is_none_is_refused(run: Run) -> None:
    """Only http and https can be followed."""
    done = run("sources", "add", "ftp://example.org/feed")

    assert 1 == done.exit_code
    assert "must be an absolute http or https URL" in done.stderr


def test_lists_go_out_and_come_in_again(run: Run, tmp_path: Path) -> None:
    """An exported list is imported with names, addresses and classes; twice changes nothing."""
    file = tmp_path / "feeds.opml"
    for name, kind in (("one", "breaking"), ("two", "reference")):
        run("sources", "add", f"https://example.org/{name}", "--name", name, "--class", kind)
    before = json.loads(run("sources", "list", "--json").stdout)
    assert "2 feeds written" in run("sources", "export", str(file)).stdout
    assert run("sources", "export").stdout == file.read_text()
    run("sources", "remove", "one")
    run("sources", "remove", "two")

    done = run("sources", "import", str(file))

    assert "2 sources added, 0 not taken over." in done.stdout
    assert before == json.loads(run("sources", "list", "--json").stdout)
    again = json.loads(run("sources", "import", "-", "--json", input=file.read_bytes()).stdout)
    assert ([], 2) == (again["added"], len(again["problems"]))


@pytest.mark.parametrize("body", [b"", b"<html/>", b"<opml><body/></opml>"])
def test_a_list_without_feeds_is_told(run: Run, body: bytes) -> None:
    """What is no list of feeds changes nothing, exit 1."""
    done = run("sources", "import", "-", input=body)

    assert 1 == done.exit_code
    assert "no feed in -" in done.stderr


def test_polling_tells_what_came(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shipped stream is read now; what cannot be read says so."""
    monkeypatch.setenv("FRESHWIRE_SAMPLES", "on")
    run("sources", "add", "http://127.0.0.1:9/feed", "--name", "local")

    sample = json.loads(run("poll", "fed-rate-decisions", "--json").stdout)
    local = run("poll", "local")

    assert sample["new"] >= 32
    assert 1 == local.exit_code
    assert "not an address of the public net" in " ".join(local.stdout.split())
    assert 1 == run("poll", "nobody").exit_code


def test_without_a_daemon_there_is_no_status(run: Run) -> None:
    """It says how to start one."""
    done = run("status")

    assert 1 == done.exit_code
    assert "start it with: freshwire run" in done.stderr


def test_an_index_in_use_is_one_sentence(run: Run) -> None:
    """A process that owns the index without answering is told, exit 1."""
    with open_reader(load()):
        done = run("search", "dam")

    assert 1 == done.exit_code
    assert "is in use by another process" in done.stderr


def test_another_program_on_the_port_is_not_asked(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is named, and the index is opened here."""
    run("add", "-", input=lines(DAM))
    with answering({}) as port:
        monkeypatch.setenv("FRESHWIRE_PORT", str(port))

        done = run("search", "dam")
        examined = run("doctor")

    assert 0 == done.exit_code
    assert f"http://127.0.0.1:{port} is not used" in done.stderr
    assert 1 == examined.exit_code and "set FRESHWIRE_PORT" in examined.stdout


def test_the_daemon_of_another_home_is_not_asked(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its home is named; commands that need a daemon fail."""
    with answering({"/status": state("text").to_json()}) as port:
        monkeypatch.setenv("FRESHWIRE_PORT", str(port))

        done = run("status")
        examined = run("doctor")

    assert 1 == done.exit_code
    assert "serves /home, not" in done.stderr
    assert 1 == examined.exit_code and "serves /home" in examined.stdout


def test_the_doctor_finds_a_fresh_home_good(run: Run, tmp_path: Path) -> None:
    """Nothing is wrong before the first start, and nothing is made."""
    done = run("doctor", "--json")

    told = json.loads(done.stdout)
    assert 0 == done.exit_code and told["ok"]
    assert {"configuration", "data folder", "disk", "model", "daemon"} <= {
        check["what"] for check in told["checks"]
    }


def test_the_doctor_sees_open_folders_and_damage(run: Run, tmp_path: Path) -> None:
    """A folder that others can read is a note, a damaged file is wrong."""
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    home.chmod(0o755)
    assert f"chmod 700 {home}" in " ".join(run("doctor").stdout.split())
    (home / "state.db").write_bytes(b"no database" * 1000)

    done = run("doctor")

    assert 1 == done.exit_code
    assert "wrong state" in done.stdout


def test_the_doctor_checks_the_model(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The checksum of the model in use is right."""
    monkeypatch.setenv("FRESHWIRE_EMBEDDING__MODEL", "all-MiniLM-L6-v2-int8")

    assert "checksum is right" in run("doctor").stdout
