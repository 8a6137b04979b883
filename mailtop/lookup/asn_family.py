"""The organisation behind an AS name: one word for the several ASes that one organisation has.

In: a name as tables have it ("Google LLC", "GOOGLE-CLOUD-PLATFORM", "AMAZON-02, US", "OVH SAS"). Out: `family(name)`, a
short text in small letters that is the same for the names of one organisation ("google", "amazon", "ovh"). Pure.

Taken away are a country's two letters after a comma, a repetition of the name after " - ", what stands in brackets,
quotes, and legal forms in front and at the end (PJSC, Ltd, GmbH, S.r.l.); of a registry's handle (`EXAMPLE-AS-2`: no
blank in it) also the numbers and the words AS, ASN, BLOCK at its end. What would leave nothing is left. Words of the
trade (Telecom, Networks, Global) stay: without them hundreds of firms that have nothing to do with one another would
be one. Organisations whose ASes have quite different names, and from whose ASes much mail comes, are in BRANDS, by the
words that their names begin with.

BUGS: names are what registrants typed. Two firms of one name become one; one whose branches are called differently
and that is not in BRANDS stays several.
"""

import re
from functools import lru_cache
from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_LEGAL: Final = _words("""
    ab ad ag aps as asa a/s bhd bv bvba cc cia cjsc co company corp corporation cv doo dba ead eireli eood epe epp ev
    gbr gmbh inc incorporated jsc kft kg kk lda limitada limited llc llp lp ltd ltda ltda-me mbh me nv oao ohg ojsc
    ooo ou oy oyj pao pc pjs pjsc plc ps private pte pty pvt s/a sa sac sae sal sarl sas sasu sdn se sia sl slu spa sp
    spol srl sro sti tbk the uab ug vof zao zoo
""")
_HANDLE: Final = _words("as asn asnum asblock block aut network networks net")
_LONGEST: Final = 255
"""characters of a name that are looked at"""

# The words that names begin with, and the organisation they belong to; by the first word that differs.
BRANDS: Final = {
    words: line.partition(":")[0].strip()
    for line in """
    akamai: akamai, linode
    alibaba: alibaba, aliyun, alicloud
    amazon: amazon, amazon.com, aws
    at&t: at&t, att
    china mobile: china mobile, chinamobile, cmnet
    china telecom: china telecom, chinatelecom, chinanet
    china unicom: china unicom, china169, unicom
    cloudflare: cloudflare, cloudflarenet
    comcast: comcast
    contabo: contabo
    deutsche telekom: deutsche telekom, t-systems
    digitalocean: digitalocean, digital ocean
    er-telecom: er-telecom, ertelecom
    facebook: facebook, meta platforms
    godaddy: godaddy, godaddy.com, go-daddy
    google: google
    hetzner: hetzner
    hostinger: hostinger
    huawei: huawei
    ibm: ibm, softlayer, softlayer technologies
    ionos: ionos, 1&1
    leaseweb: leaseweb
    m247: m247
    microsoft: microsoft, msft
    namecheap: namecheap
    ntt: ntt
    oracle: oracle
    ovh: ovh, ovhcloud
    proofpoint: proofpoint
    rackspace: rackspace
    rostelecom: rostelecom, rostelekom
    salesforce: salesforce, salesforce.com
    scaleway: scaleway
    selectel: selectel
    tencent: tencent
    verizon: verizon
    vodafone: vodafone
    vultr: vultr, choopa, as-choopa, constant company
    yandex: yandex, yandex.cloud
    """.strip().splitlines()
    for words in (part.strip() for part in line.partition(":")[2].split(","))
}


@lru_cache(maxsize=1 << 14)
def family(name: str) -> str:
    """Return what the names of one organisation have in common; "" for a name without a letter or digit."""
    text = " ".join(name[:_LONGEST].casefold().split())
    text = re.sub(r", [a-z]{2}$", "", text)
    text = text.partition(" - ")[0] or text
    text = re.sub(r"(?<=.)\([^()]*\)", " ", text)
    handle = " " not in text
    words = [bare for word in re.split(r"[\s,]+", text) if (bare := _bare(word))]
    while len(words) > 1 and words[0].replace(".", "") in _LEGAL:
        words.pop(0)
    if handle and words:
        words = _told(words[0])
    for count in (2, 1):
        if brand := BRANDS.get(" ".join(words[:count])):
            return brand
    while len(words) > 1 and words[-1].replace(".", "") in _LEGAL:
        words.pop()
    return " ".join(words)


def _bare(word: str) -> str:
    """The word without quotes and points around it: `"ovh"`, `inc.`, `s.r.l.`"""
    return re.sub(r"^[^\w]+|[^\w+]+$", "", word)


def _told(handle: str) -> list[str]:
    """The words of a registry's handle that tell whose it is: a name whose parts belong together keeps its hyphens."""
    parts = [part for part in re.split(r"[-_]", handle) if part]
    if handle in BRANDS or not parts:
        return [handle]
    if parts[0] in BRANDS:
        return parts
    while len(parts) > 1 and (parts[-1] in _HANDLE or parts[-1] in _LEGAL or re.fullmatch(r"(?:as)?\d+", parts[-1])):
        parts.pop()
    while len(parts) > 1 and parts[0] in ("as", "asn"):
        parts.pop(0)
    return ["-".join(parts)]
