"""Month names of the languages that feeds write dates in."""

import unicodedata
from functools import lru_cache

#: Names and abbreviations without accents, one row a month: English, German, French, Spanish,
#: Italian, Portuguese, Dutch, Swedish, Danish, Norwegian, Polish, Czech, Hungarian, Finnish,
#: Turkish, Russian, Ukrainian, Greek. An abbreviation that two months share is left out.
_NAMES = (
    "jan january januar jaenner janner janvier janv enero ene gennaio gen janeiro januari styczen"
    " stycznia sty leden ledna januar tammikuu tammikuuta ocak oca январь января янв січень січня"
    " ιανουαριος ιανουαριου ιαν",
    "feb february februar fevrier fevr fev febrero febbraio fevereiro februari luty lutego unor"
    " unora februar helmikuu helmikuuta subat sub февраль февраля фев лютии лютого φεβρουαριος"
    " φεβρουαριου φεβ",
    "mar march marz maerz mrz mars marzo março marco maart mrt marec marzec marca brezen brezna"
    " marcius maaliskuu maaliskuuta mart март марта мар березень березня μαρτιος μαρτιου μαρ",
    "apr april avril avr abril abr aprile kwiecien kwietnia kwi duben dubna aprilis huhtikuu"
    " huhtikuuta nisan nis апрель апреля апр квітень квітня απριλιος απριλιου απρ",
    "may mai mayo maggio mag maio mei maj maja kveten kvetna majus maj toukokuu toukokuuta mayis"
    " май мая маи травень травня μαιος μαιου μαι",
    "jun june juni juin junio giugno giu junho czerwiec czerwca cze cerven cervna junius kesakuu"
    " kesakuuta haziran haz июнь июня июн червень червня ιουνιος ιουνιου ιουν",
    "jul july juli juillet juil julio luglio lug julho lipiec lipca lip cervenec cervence julius"
    " heinakuu heinakuuta temmuz tem июль июля июл липень липня ιουλιος ιουλιου ιουλ",
    "aug august aout agosto ago augustus augusti sierpien sierpnia sie srpen srpna augusztus"
    " elokuu elokuuta agustos agu август августа авг серпень серпня αυγουστος αυγουστου αυγ",
    "sep sept september septembre septiembre setiembre settembre set setembro wrzesien wrzesnia"
    " wrz zari szeptember szept syyskuu syyskuuta eylul eyl сентябрь сентября сен сент вересень"
    " вересня σεπτεμβριος σεπτεμβριου σεπ",
    "oct october oktober okt octobre octubre ottobre ott outubro out pazdziernik pazdziernika paz"
    " rijen rijna oktober lokakuu lokakuuta ekim eki октябрь октября окт жовтень жовтня"
    " οκτωβριος οκτωβριου οκτ",
    "nov november novembre noviembre novembro listopad listopada november marraskuu marraskuuta"
    " kasim kas ноябрь ноября ноя нояб листопад листопада νοεμβριος νοεμβριου νοε",
    "dec december dezember dez decembre diciembre dic dicembre dezembro desember des grudzien"
    " grudnia gru prosinec prosince joulukuu joulukuuta aralik ara декабрь декабря дек грудень"
    " грудня δεκεμβριος δεκεμβριου δεκ",
)


def month_of(word: str) -> int:
    """The month, 1 to 12, that `word` names in any of the languages; 0 when it names none."""
    return _table().get(_plain(word), 0)


@lru_cache(maxsize=1)
def _table() -> dict[str, int]:
    """Each name without accents, with its month."""
    return {
        _plain(name): month for month, names in enumerate(_NAMES, start=1) for name in names.split()
    }


def _plain(word: str) -> str:
    """`word` in lower case without accents; the Turkish dotless ı becomes i."""
    spread = unicodedata.normalize("NFKD", word.lower().replace("ı", "i"))
    return "".join(char for char in spread if not unicodedata.combining(char))
