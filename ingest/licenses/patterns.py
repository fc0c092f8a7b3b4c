"""Words by which a page gives a license, points at itself, or tells of another's; badges by their file's name."""

# ruff: noqa: RUF001, E501 - words of many languages

import re

# "© Foo. Licensed under the" in a foot; "Released under the" is more often a program's.
GRANTED = re.compile(
    r"^(?:.*[©.]|.*copyright.*)?\s*(?:(?:licensed|lizenziert|licencié|licenciado) (?:under|unter|sous|bajo)"
    r"|licencia(?:do)? (?:bajo|según|conforme)|autorisée?s? sous|sous (?:la )?licence|licenciado sob|sob (?:a )?licença"
    r"|concess[oa] in licenza|(?:rilasciat[oa] )?sotto (?:la )?licenza|(?:gelicen[st]i?eerd )onder|onder (?:de )?licentie"
    r"|(?:udostępni\w+|licencjonowan\w+)? ?na licencji|(?:лицензировано |распространяется )?(?:под|по) лиценз|лицензировано"
    r"|ліцензовано|(?:за|під) ліценз|licensierad (?:under|enligt)|licens[ei]ret (?:under|efter)|lisensiert (?:under|etter)"
    r"|lisensoitu|licencováno|licencované|(?:pod|dle) licenc|licencirano|llicenciat|licențiat sub)"
    r"|(?:©|copyright)[^|]{0,80}\b(?:licensed|license|licence|lizenz)",
    re.IGNORECASE,
)

# The same where the verb stands behind the name.
GRANTED_AFTER = re.compile(
    r"^[^;|。]{0,70}?(?:altında lisans|ile lisanslan|lisanslıdır|lisanssilla|lisenssillä|lisenssin (?:alla|mukaisesti)|"
    r"licenc(?:e)? alatt|licenccel|許諾|のライセンス|ライセンスの下|ライセンスで|许可|許可|授权|授權|라이선스(?:에|로| 하에))"
)

# What points at the page itself; "all its texts" of a teaser does not.
POINTS = re.compile(
    r"\b(?:this|these|our|except|unless|diese[rsmn]?|unser\w*|ce|cet|cette|notre|nos|est[aeo]s?|quest\w+|deze|dit|niniejsz\w*|"
    r"эт\w+|данн\w+|denna|detta|denne|dette|tämä\w*)\b|[本此当]|この|이 |هذا|هذه|این|זה|זו",
    re.IGNORECASE,
)

# "Wikipedia's text is"
ANOTHERS = re.compile(
    r"\b(?!Today|Here|It|What|That|Let)[A-Z]\w+[’']s (?:[a-z]+ )?(?:text|content|articles?|pages?|work|site)s?\b|"
    r"\b(?:the|an?) \w+[’']s (?:[a-z]+ )?(?:texts?|contents?|articles?|pages?|works?|(?:web)?sites?)\b|"
    r"(?i:wikip[eéè]di\w*|википеди\w+|вікіпеді\w+|维基百科|維基百科|ウィキペディア|위키백과|ويكيبيديا|stack ?overflow|\barxiv\b)"
)

ABOUT = re.compile(
    r"\b(?:that|which|who|why|how|lists?|tells?|about|discuss\w*|describ\w*|explains?|contains?|his|her|their|whether|if)\b",
    re.IGNORECASE,
)

FILE = re.compile(
    r"(?:^|[/._-])(?P<cc>cc[-_.]?)?(?P<parts>(?<![a-z])by(?:[-_](?:nc|nd|sa)){0,2}|(?<=cc)by(?:[-_](?:nc|nd|sa)){0,2})"
    r"(?:[-_.]?(?P<version>[1-4][._-]?[05])(?!\d))?(?:[-_.](?:eu|us|jp|de|uk|igo|\d{2,3}x\d{2,3}|icon|button|badge|small|"
    r"large|svg))*\.(?:png|svg|gif|jpe?g|webp)(?:[?#]|$)",
    re.IGNORECASE,
)
