"""months: the short names of the months as strftime(3) writes them, in the locales that logs are seen in.

`journalctl -o short` writes `%b` in the language of whoever calls it, and so do some syslog templates: `oct.`, `Mär`,
`déc.`. Names are glibc's and CLDR's, without the dot that some end in, in any case, in UTF-8 or ISO 8859-1. A name that
means one month here and another there (Croatian `lis` is October, Polish and Czech November) is read as the more
widely spoken language has it.
"""

from typing import Final

_NAMES: Final = """\
en  jan feb mar apr may jun jul aug sep oct nov dec
en  january february march april may june july august sept october november december
de  jan feb mär apr mai jun jul aug sep okt nov dez
at  jän feb mrz apr mai juni juli aug sept okt nov dez
fr  janv févr mars avril mai juin juil août sept oct nov déc
fr  jan fév mar avr mai jui jul aoû sep oct nov déc
es  ene feb mar abr may jun jul ago sep oct nov dic
es  ene feb mar abr may jun jul ago sept oct nov dic
it  gen feb mar apr mag giu lug ago set ott nov dic
pt  jan fev mar abr mai jun jul ago set out nov dez
nl  jan feb mrt apr mei jun jul aug sep okt nov dec
sv  jan feb mar apr maj jun jul aug sep okt nov dec
da  jan feb mar apr maj jun jul aug sep okt nov dec
nb  jan feb mars april mai juni juli aug sep okt nov des
fi  tammi helmi maalis huhti touko kesä heinä elo syys loka marras joulu
et  jaan veebr märts apr mai juuni juuli aug sept okt nov dets
pl  sty lut mar kwi maj cze lip sie wrz paź lis gru
cs  led úno bře dub kvě čen čec srp zář říj lis pro
sk  jan feb mar apr máj jún júl aug sep okt nov dec
sl  jan feb mar apr maj jun jul avg sep okt nov dec
hu  jan febr márc ápr máj jún júl aug szept okt nov dec
ro  ian feb mar apr mai iun iul aug sep oct noi dec
ca  gen febr març abr maig juny jul ag set oct nov des
tr  oca şub mar nis may haz tem ağu eyl eki kas ara
ru  янв фев мар апр мая июн июл авг сен окт ноя дек
ru  января февраля марта апреля май июня июля августа сент октября нояб декабря
uk  січ лют бер кві тра чер лип сер вер жов лис гру
bg  яну фев мар апр май юни юли авг сеп окт ное дек
el  ιαν φεβ μαρ απρ μαΐ ιουν ιουλ αυγ σεπ οκτ νοε δεκ
ja  1月 2月 3月 4月 5月 6月 7月 8月 9月 10月 11月 12月
ko  1월 2월 3월 4월 5월 6월 7월 8월 9월 10월 11월 12월
"""  # noqa: RUF001


def _table() -> dict[str, int]:
    """Name -> month, 1 to 12."""
    rows = [line.split()[1:] for line in _NAMES.splitlines()]
    return {name: at for row in rows for at, name in enumerate(row, 1)}


MONTHS: Final = _table()

LONGEST: Final = 24
"""octets of a name, at most"""


def month(word: bytes) -> int | None:
    """Which month (1 to 12) a word names; None when it names none."""
    if len(word) > LONGEST:
        return None
    try:
        text = word.decode("utf-8")
    except UnicodeDecodeError:
        text = word.decode("iso-8859-1")
    return MONTHS.get(text.rstrip(".").lower())
