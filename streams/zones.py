"""Time zones by the names that dates carry them under."""

from datetime import UTC, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

#: Hours east of UTC of the abbreviations in use. Where one has several meanings, the one that
#: news feeds use: CST and EST are North American, IST is India, BST is Britain.
HOURS = {
    **dict.fromkeys(("z", "ut", "utc", "gmt", "wet", "zulu"), 0.0),
    **dict.fromkeys(("bst", "west", "cet", "met", "mez", "wat"), 1.0),
    **dict.fromkeys(("cest", "mest", "mesz", "eet", "cat", "sast"), 2.0),
    **dict.fromkeys(("eest", "msk", "eat", "trt", "ast3"), 3.0),
    **dict.fromkeys(("msd", "gst", "samt"), 4.0),
    **{"irst": 3.5, "aft": 4.5, "pkt": 5.0, "uzt": 5.0, "yekt": 5.0, "ist": 5.5, "npt": 5.75},
    **{"bdt": 6.0, "mmt": 6.5, "ict": 7.0, "wib": 7.0, "krat": 7.0},
    **dict.fromkeys(("hkt", "sgt", "myt", "pht", "awst", "wita"), 8.0),
    **{"jst": 9.0, "kst": 9.0, "wit": 9.0, "acst": 9.5, "aest": 10.0, "acdt": 10.5, "aedt": 11.0},
    **{"nzst": 12.0, "nzdt": 13.0, "ndt": -2.5, "nst": -3.5},
    **dict.fromkeys(("brt", "art", "adt", "clst"), -3.0),
    **dict.fromkeys(("ast", "at", "edt", "clt"), -4.0),
    **dict.fromkeys(("est", "et", "cdt", "pet"), -5.0),
    **dict.fromkeys(("cst", "ct", "mdt"), -6.0),
    **dict.fromkeys(("mst", "mt", "pdt"), -7.0),
    **dict.fromkeys(("pst", "pt", "akdt"), -8.0),
    **{"akst": -9.0, "hst": -10.0},
    # Military letters: RFC 822 had their signs wrong, so RFC 5322 §4.3 reads all of them as UTC.
    **dict.fromkeys("abcdefghiklmnopqrstuvwxy", 0.0),
}


def named_zone(name: str) -> tzinfo | None:
    """The zone of an abbreviation or an IANA name in any case; None when it is neither."""
    hours = HOURS.get(name.lower())
    if hours is not None:
        return timezone(timedelta(hours=hours)) if hours else UTC
    key = _iana().get(name.lower()) if "/" in name else None
    return zone_of(key) if key else None


def zone_of(key: str) -> tzinfo:
    """The IANA zone `key`, UTC when there is no such zone."""
    try:
        return ZoneInfo(key)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


@lru_cache(maxsize=1)
def _iana() -> dict[str, str]:
    """Each IANA zone's name by its lower case."""
    return {name.lower(): name for name in available_timezones()}
