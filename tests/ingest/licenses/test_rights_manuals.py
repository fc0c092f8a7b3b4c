"""Notices by which manuals and their translations give a licence, in their front matter, and what they say of others.

Written as translators write them, before the words were taught.
"""

# ruff: noqa: RUF001, E501 - texts in other scripts, pages as they are written
import json

import pytest
from resiliparse.parse.html import HTMLTree

from winnow.ingest.page.blocks import markup_of, scan
from winnow.ingest.page.heads import read_head
from winnow.ingest.page.metadata import describe

PROSE = "<p>The river ran on to the sea, and that was where they would have to go with all of them.</p>" * 12


def ask(html: str) -> tuple[str | None, list[dict]]:
    """The license, and the statements."""
    tree = HTMLTree.parse(html)
    page = scan(markup_of(tree))
    found = describe(tree, read_head(tree), page, dated=page.dated)
    return found["license"], json.loads(found["license_evidence"] or "[]")


def front(words: str) -> str:
    return f"<html><head><title>A manual</title></head><body><h1>A manual</h1><p>Ann Example</p><p>Copyright © 2004-2012 Ann Example</p><p>{words}</p><h2>1</h2>{PROSE}</body></html>"


def legal(words: str) -> str:
    return f'<html><head><title>A manual</title></head><body><div class="book"><div class="titlepage"><h1 class="title">A manual</h1><p class="copyright">Copyright © 2004 Ann Example</p><div class="legalnotice"><a name="id1"></a><p>{words}</p></div></div><div class="toc"><p><b>Contents</b></p></div>{PROSE}</div></body></html>'


GPL2 = "GPL-2.0-or-later"
GIVEN = [
    # Czech, Slovak
    (
        "Tento dokument je možné šířit a upravovat pod podmínkami GNU General Public License verze 2 nebo vyšší.",
        GPL2,
    ),
    (
        "Tato příručka je svobodný software; můžete ji šířit a/nebo upravovat podle podmínek licence GNU General Public License ve verzi 2 nebo (dle vašeho uvážení) kterékoli pozdější verze.",
        GPL2,
    ),
    ("Tento manuál lze šířit za podmínek Obecné veřejné licence GNU (GNU GPL) verze 2 nebo novější.", GPL2),
    (
        "Je povoleno kopírovat, šířit a/nebo upravovat tento dokument za podmínek GNU Free Documentation License, verze 1.2 nebo jakékoli další verze vydané nadací Free Software Foundation.",
        "GFDL-1.2-or-later",
    ),
    (
        "Tento dokument môžete šíriť a/alebo upravovať podľa podmienok Všeobecnej verejnej licencie GNU verzie 2 alebo novšej.",
        GPL2,
    ),
    # Danish, Norwegian, Swedish
    (
        "Denne manual er fri software; du må videredistribuere den og/eller ændre den under betingelserne i GNU General Public License, version 2 eller (efter dit valg) enhver senere version.",
        GPL2,
    ),
    (
        "Dette dokument må distribueres under vilkårene i GNU General Public License version 2 eller nyere.",
        GPL2,
    ),
    (
        "Dette dokumentet kan spres videre og/eller endres under betingelsene i GNU General Public License, versjon 2 eller (om du ønsker) en senere versjon.",
        GPL2,
    ),
    (
        "Den här handboken är fri programvara; du kan distribuera den och/eller modifiera den enligt villkoren i GNU General Public License, version 2 eller (om du så vill) någon senare version.",
        GPL2,
    ),
    (
        "Detta dokument får spridas vidare enligt villkoren i GNU General Public License version 2 eller senare.",
        GPL2,
    ),
    (
        "Tillstånd att kopiera, distribuera och/eller modifiera detta dokument ges under villkoren i GNU Free Documentation License (GFDL), version 1.1 eller senare.",
        "GFDL-1.1-or-later",
    ),
    # German
    (
        "Dieses Handbuch ist freie Software; Sie können es unter den Bedingungen der GNU General Public License, Version 2 oder (nach Ihrer Wahl) jeder späteren Version, weiterverteilen und/oder verändern.",
        GPL2,
    ),
    (
        "Dieses Dokument darf unter den Bedingungen der GNU General Public License, Version 2 oder höher, verbreitet werden. Den vollständigen Text finden Sie unter /usr/share/common-licenses/GPL.",
        GPL2,
    ),
    (
        "Diese Anleitung darf unter den Bedingungen der Allgemeinen Öffentlichen GNU-Lizenz (GPL) Version 2 weitergegeben werden.",
        "GPL-2.0-only",
    ),
    (
        "Es wird die Erlaubnis gegeben, dieses Dokument zu kopieren, zu verteilen und/oder zu verändern unter den Bedingungen der GNU Free Documentation License, Version 1.1 oder einer späteren, von der Free Software Foundation veröffentlichten Version.",
        "GFDL-1.1-or-later",
    ),
    # Spanish, Catalan, Galician
    (
        "Este manual es software libre; puede redistribuirlo y/o modificarlo bajo los términos de la Licencia Pública General de GNU, versión 2 o (a su elección) cualquier versión posterior.",
        GPL2,
    ),
    (
        "Este documento puede ser redistribuido o modificado bajo los términos de la GNU General Public License publicada por la Free Software Foundation, en su versión 2 o cualquier versión posterior.",
        GPL2,
    ),
    (
        "Se otorga permiso para copiar, distribuir y/o modificar este documento bajo los términos de la Licencia de Documentación Libre de GNU, Versión 1.2 o cualquier otra versión posterior publicada por la Free Software Foundation.",
        "GFDL-1.2-or-later",
    ),
    (
        "Aquest manual és programari lliure; podeu redistribuir-lo i/o modificar-lo sota els termes de la Llicència Pública General de GNU, versió 2 o (si ho preferiu) qualsevol versió posterior.",
        GPL2,
    ),
    (
        "Aquest document es pot distribuir sota els termes de la GNU General Public License versió 2 o posterior.",
        GPL2,
    ),
    (
        "Este manual pode redistribuírse e/ou modificarse baixo os termos da Licenza Pública Xeral de GNU, versión 2 ou (á súa elección) calquera versión posterior.",
        GPL2,
    ),
    # French
    (
        "Ce manuel est un logiciel libre ; vous pouvez le redistribuer ou le modifier selon les termes de la licence publique générale GNU, version 2 ou (à votre choix) toute version ultérieure.",
        GPL2,
    ),
    (
        "Ce document peut être redistribué et modifié suivant les termes de la GNU General Public License, version 2 ou ultérieure. Une copie se trouve dans /usr/share/common-licenses/GPL.",
        GPL2,
    ),
    ("Ce guide peut être distribué selon les termes de la Licence Publique Générale GNU (GPL).", "GPL"),
    (
        "Vous avez le droit de copier, distribuer et/ou modifier ce document selon les termes de la licence GNU Free Documentation License, version 1.2 ou toute version ultérieure publiée par la Free Software Foundation.",
        "GFDL-1.2-or-later",
    ),
    # Hungarian, Finnish, Estonian
    (
        "Ez a kézikönyv szabad szoftver; terjeszthető és/vagy módosítható a GNU General Public License 2. vagy (tetszés szerint) bármely későbbi változatának feltételei szerint.",
        GPL2,
    ),
    ("Ez a dokumentum a GNU General Public License feltételei szerint terjeszthető.", "GPL"),
    ("Ez a leírás a GNU Általános Nyilvános Licenc 2. vagy újabb verziója alatt terjeszthető.", GPL2),
    (
        "Tätä opasta saa levittää ja muokata GNU General Public License -lisenssin version 2 tai (valinnan mukaan) myöhemmän version ehtojen mukaisesti.",
        GPL2,
    ),
    (
        "Tämä asiakirja on vapaa ohjelmisto; sitä saa levittää GNU yleisen lisenssin (GPL) ehtojen mukaan.",
        "GPL",
    ),
    # Italian
    (
        "Questo manuale è software libero; può essere ridistribuito e/o modificato secondo i termini della GNU General Public License, versione 2 o (a propria scelta) qualsiasi versione successiva.",
        GPL2,
    ),
    (
        "Questo documento può essere distribuito secondo i termini della Licenza Pubblica Generica GNU, versione 2 o successive.",
        GPL2,
    ),
    (
        "È garantito il permesso di copiare, distribuire e/o modificare questo documento seguendo i termini della GNU Free Documentation License, versione 1.1 o ogni versione successiva pubblicata dalla Free Software Foundation.",
        "GFDL-1.1-or-later",
    ),
    # Dutch
    (
        "Deze handleiding is vrije software; u mag ze verspreiden en/of wijzigen onder de voorwaarden van de GNU General Public License, versie 2 of (naar uw keuze) elke latere versie.",
        GPL2,
    ),
    (
        "Dit document mag worden verspreid onder de voorwaarden van de GNU Algemene Publieke Licentie versie 2 of hoger.",
        GPL2,
    ),
    (
        "Toestemming wordt verleend om dit document te kopiëren, te verspreiden en/of te wijzigen onder de voorwaarden van de GNU Vrije Documentatie Licentie, versie 1.2 of een latere versie.",
        "GFDL-1.2-or-later",
    ),
    # Polish
    (
        "Niniejszy podręcznik jest wolnym oprogramowaniem; możesz go rozpowszechniać i/lub modyfikować na warunkach Powszechnej Licencji Publicznej GNU, wersji 2 lub (według twojego wyboru) dowolnej późniejszej wersji.",
        GPL2,
    ),
    (
        "Ten dokument można rozpowszechniać na zasadach GNU General Public License w wersji 2 lub nowszej.",
        GPL2,
    ),
    (
        "Udziela się zezwolenia na kopiowanie, rozprowadzanie i/lub modyfikację tego dokumentu na warunkach Licencji Wolnej Dokumentacji GNU w wersji 1.1 lub nowszej.",
        "GFDL-1.1-or-later",
    ),
    # Portuguese
    (
        "Este manual é software livre; você pode redistribuí-lo e/ou modificá-lo sob os termos da Licença Pública Geral GNU, versão 2 ou (a seu critério) qualquer versão posterior.",
        GPL2,
    ),
    (
        "Este documento pode ser redistribuído nos termos da GNU General Public License, versão 2 ou superior.",
        GPL2,
    ),
    (
        "É dada permissão para copiar, distribuir e/ou modificar este documento sob os termos da Licença de Documentação Livre GNU, versão 1.1 ou qualquer versão posterior publicada pela Free Software Foundation.",
        "GFDL-1.1-or-later",
    ),
    # Romanian, Croatian, Slovenian
    (
        "Acest manual poate fi redistribuit și/sau modificat în conformitate cu termenii Licenței Publice Generale GNU, versiunea 2 sau (la alegerea dumneavoastră) orice versiune ulterioară.",
        GPL2,
    ),
    (
        "Ovaj se priručnik smije raspačavati pod uvjetima GNU General Public License, verzija 2 ili novija.",
        GPL2,
    ),
    ("Ta dokument lahko razširjate pod pogoji GNU General Public License, različica 2 ali novejša.", GPL2),
    # Russian, Ukrainian, Bulgarian, Serbian
    (
        "Это руководство является свободным программным обеспечением; вы можете распространять и/или изменять его на условиях Стандартной общественной лицензии GNU версии 2 или (по вашему выбору) любой более поздней версии.",
        GPL2,
    ),
    (
        "Данный документ распространяется на условиях GNU General Public License версии 2 или более поздней.",
        GPL2,
    ),
    ("Этот документ можно распространять на условиях Универсальной общественной лицензии GNU (GPL).", "GPL"),
    (
        "Разрешается копировать, распространять и/или изменять этот документ на условиях лицензии GNU Free Documentation License версии 1.2 или любой более поздней версии.",
        "GFDL-1.2-or-later",
    ),
    (
        "Цей посібник можна поширювати та/або змінювати на умовах Загальної публічної ліцензії GNU версії 2 або (на ваш вибір) будь-якої пізнішої версії.",
        GPL2,
    ),
    (
        "Това ръководство може да се разпространява при условията на Общия публичен лиценз на GNU, версия 2 или по-нова.",
        GPL2,
    ),
    (
        "Овај документ се може делити под условима ГНУ-ове опште јавне лиценце (GNU GPL) верзије 2 или новије.",
        GPL2,
    ),
    # Greek, Turkish
    (
        "Αυτό το εγχειρίδιο μπορεί να διανεμηθεί ή/και να τροποποιηθεί υπό τους όρους της Γενικής Δημόσιας Άδειας GNU, έκδοση 2 ή (κατ' επιλογή σας) οποιαδήποτε μεταγενέστερη έκδοση.",
        GPL2,
    ),
    (
        "Bu belge, GNU Genel Kamu Lisansı'nın 2. ya da (isteğinize bağlı olarak) daha sonraki sürümünün koşulları altında dağıtılabilir ve/veya değiştirilebilir.",
        GPL2,
    ),
    (
        "Bu kılavuz GNU General Public License sürüm 2 veya daha sonraki bir sürüm koşulları altında dağıtılabilir.",
        GPL2,
    ),
    # Japanese, Korean, Chinese
    (
        "このマニュアルはフリーソフトウェアです。GNU 一般公衆利用許諾書 (GPL) バージョン 2 またはそれ以降の条件の下で再配布および変更することができます。",
        GPL2,
    ),
    (
        "この文書は GNU General Public License バージョン 2 またはそれ以降の条項に従って再配布・改変できます。",
        GPL2,
    ),
    ("本書は GNU General Public License 第2版の条件に従って再頒布できます。", "GPL-2.0-only"),
    (
        "この文書を、フリーソフトウェア財団発行の GNU フリー文書利用許諾契約書 バージョン 1.2 またはそれ以降が定める条件の下で複製、頒布、あるいは改変することを許可する。",
        "GFDL-1.2-or-later",
    ),
    (
        "이 설명서는 자유 소프트웨어입니다. GNU 일반 공중 사용 허가서 버전 2 또는 그 이후 버전의 조건에 따라 재배포하거나 수정할 수 있습니다.",
        GPL2,
    ),
    ("이 문서는 GNU General Public License 버전 2 이상의 조건에 따라 배포할 수 있습니다.", GPL2),
    (
        "本手册是自由软件；您可以遵照 GNU 通用公共许可证第 2 版或（由您选择的）任何更新版本的条款重新分发和/或修改它。",
        GPL2,
    ),
    ("本文档可依据 GNU General Public License 版本 2 或更高版本的条款分发。", GPL2),
    ("本文件可以在 GNU 通用公共授權條款第二版或更新版本的條款下散布與修改。", GPL2),
    (
        "在遵循自由软件基金会发布的 GNU 自由文档许可证 1.2 版或更高版本的条款下，允许复制、分发和/或修改本文档。",
        "GFDL-1.2-or-later",
    ),
    # Vietnamese, Indonesian, Basque, Esperanto, Lithuanian
    (
        "Tài liệu này có thể được phân phối lại và/hoặc sửa đổi theo các điều khoản của Giấy phép Công cộng GNU (GPL) phiên bản 2 hoặc (tùy chọn) bất kỳ phiên bản mới hơn.",
        GPL2,
    ),
    (
        "Dokumen ini boleh disebarluaskan dan/atau diubah di bawah ketentuan GNU General Public License versi 2 atau versi setelahnya.",
        GPL2,
    ),
    ("Eskuliburu hau GNU Lizentzia Publiko Orokorraren (GPL) baldintzen arabera banatu daiteke.", "GPL"),
    ("Šį dokumentą galima platinti GNU General Public License 2 arba naujesnės versijos sąlygomis.", GPL2),
    # English, as manuals have it
    (
        "This manual is free software; you may redistribute it and/or modify it under the terms of the GNU General Public License as published by the Free Software Foundation; either version 2, or (at your option) any later version.",
        GPL2,
    ),
    (
        "This guide may be redistributed and/or modified under the terms of the GNU GPL, version 2 or later. The complete text is available as /usr/share/common-licenses/GPL on a Debian system.",
        GPL2,
    ),
    (
        "This text may be freely redistributed under the terms of the GNU General Public License. See /usr/share/common-licenses/GPL.",
        "GPL",
    ),
    (
        "This documentation is distributed under the terms of the GNU Lesser General Public License, version 2.1 or later.",
        "LGPL-2.1-or-later",
    ),
    (
        "Permission is granted to copy, distribute and/or modify this document under the terms of the GNU Free Documentation License, Version 1.2 or any later version published by the Free Software Foundation; with no Invariant Sections.",
        "GFDL-1.2-no-invariants-or-later",
    ),
    # Creative Commons and MIT
    ("Diese Dokumentation steht unter der MIT-Lizenz.", "MIT"),
    (
        "Tento dokument je šířen pod licencí Creative Commons Uveďte původ-Zachovejte licenci 3.0.",
        "CC-BY-SA-3.0",
    ),
    ("Denna handbok är licensierad under Creative Commons Erkännande-DelaLika 3.0.", "CC-BY-SA-3.0"),
    (
        "Ez a kézikönyv a Creative Commons Nevezd meg! - Így add tovább! 3.0 licenc alatt érhető el.",
        "CC-BY-SA-3.0",
    ),
    ("Bu kılavuz MIT lisansı ile dağıtılmaktadır.", "MIT"),
    # other words for the same
    (
        "Toto je svobodná dokumentace; můžete ji šířit podle GNU General Public License, verze 2 nebo novější.",
        GPL2,
    ),
    ("Text této příručky je dostupný pod licencí GNU GPL verze 2.", "GPL-2.0-only"),
    ("Copyright © 2004 Ann Example. Tento text je šířen pod licencí GNU FDL.", "GFDL"),
    (
        "Du må kopiere, distribuere og/eller ændre dette dokument under betingelserne i GNU Free Documentation License, version 1.2 eller senere.",
        "GFDL-1.2-or-later",
    ),
    (
        "Tilladelse til at kopiere, distribuere og/eller ændre dette dokument gives under betingelserne i GNU Free Documentation License (GFDL), version 1.1 eller enhver senere version.",
        "GFDL-1.1-or-later",
    ),
    (
        "Das vorliegende Dokument wird unter den Bedingungen der GNU GPL Version 2 veröffentlicht.",
        "GPL-2.0-only",
    ),
    ("Dieser Text unterliegt der GNU General Public License.", "GPL"),
    (
        "Diese Veröffentlichung ist freie Software; Sie dürfen sie gemäß der GNU General Public License, Version 2 oder neuer, weitergeben.",
        GPL2,
    ),
    (
        "Sie dürfen dieses Handbuch unter den Bedingungen der GNU GPL weitergeben; der vollständige Text liegt unter /usr/share/common-licenses/GPL.",
        "GPL",
    ),
    (
        "El presente documento se distribuye bajo los términos de la licencia GNU GPL versión 2 o posterior.",
        GPL2,
    ),
    ("Esta guía se publica bajo la Licencia Pública General de GNU, versión 2 o superior.", GPL2),
    (
        "Puede distribuir y modificar este documento bajo los términos de la GNU GPL, versión 2 o posterior.",
        GPL2,
    ),
    ("Ce livre est distribué selon les termes de la licence GNU GPL version 2 ou supérieure.", GPL2),
    (
        "Cette documentation est libre ; vous pouvez la redistribuer et/ou la modifier selon les termes de la Licence Publique Générale GNU publiée par la Free Software Foundation (version 2 ou bien toute autre version ultérieure choisie par vous).",
        GPL2,
    ),
    (
        "Permission vous est donnée de distribuer, modifier des copies de ce document selon les termes de la GNU General Public License, version 2 ou postérieure.",
        GPL2,
    ),
    (
        "Il presente documento è rilasciato secondo i termini della licenza GNU GPL, versione 2 o successiva.",
        GPL2,
    ),
    (
        "Si può ridistribuire e/o modificare questa guida nei termini della GNU General Public License, versione 2 o successiva.",
        GPL2,
    ),
    (
        "Deze gids mag verspreid worden volgens de bepalingen van de GNU General Public License, versie 2 of later.",
        GPL2,
    ),
    (
        "U mag dit document kopiëren en verspreiden volgens de GNU General Public License versie 2.",
        "GPL-2.0-only",
    ),
    ("Ten podręcznik jest dostępny na licencji GNU GPL w wersji 2 lub nowszej.", GPL2),
    ("Este guia está licenciado sob a GNU General Public License, versão 2 ou posterior.", GPL2),
    (
        "Pode copiar, distribuir e/ou modificar este documento nos termos da GNU Free Documentation License, Versão 1.2 ou posterior.",
        "GFDL-1.2-or-later",
    ),
    ("Этот текст доступен по лицензии GNU GPL версии 2 или новее.", GPL2),
    (
        "Вы можете копировать, распространять и изменять это руководство в соответствии с условиями GNU General Public License версии 2 или выше.",
        GPL2,
    ),
    (
        "Авторские права © 2004. Настоящий документ является свободным; распространяется согласно GNU GPL.",
        "GPL",
    ),
    ("Ez a dokumentáció a GNU GPL 2-es vagy újabb verziója szerint terjeszthető.", GPL2),
    (
        "A jelen kézikönyvet a GNU General Public License (2. vagy későbbi verzió) feltételei alapján lehet terjeszteni.",
        GPL2,
    ),
    (
        "Jelen dokumentum szabadon terjeszthető a GNU Free Documentation License 1.1-es verziója szerint.",
        "GFDL-1.1-only",
    ),
    ("本マニュアルは GNU GPL バージョン2に従って再配布できます。", "GPL-2.0-only"),
    (
        "このドキュメントは GNU General Public License (GPL) バージョン 2 のもとで公開されています。",
        "GPL-2.0-only",
    ),
    (
        "あなたは、フリーソフトウェア財団によって発行された GNU 一般公衆利用許諾書 (バージョン 2 か、希望によってはそれ以降のバージョン) の定める条件の下で、本書を再頒布または改変することができます。",
        GPL2,
    ),
    ("この翻訳は GNU GPL に従います。", "GPL"),
    ("본 문서는 GNU 일반 공중 사용 허가서(GPL) 버전 2 이상을 따릅니다.", GPL2),
    (
        "이 문서를 GNU 자유 문서 사용 허가서 1.2판 또는 그 이후 판의 조건에 따라 복사, 배포 및 수정할 수 있습니다.",
        "GFDL-1.2-or-later",
    ),
    ("Det här dokumentet får distribueras enligt GNU General Public License version 2 eller senare.", GPL2),
    (
        "Denna text är fri; du får sprida den vidare och ändra den enligt GNU General Public License, version 2.",
        "GPL-2.0-only",
    ),
    ("Tämä käsikirja on julkaistu GNU GPL -lisenssillä.", "GPL"),
    ("Acest document este distribuit sub licența GNU GPL versiunea 2 sau mai nouă.", GPL2),
    ("您可以在自由软件基金会发布的 GNU 通用公共许可证第 2 版或更高版本的条款下重新发布或修改本手册。", GPL2),
    ("本文件依 GNU GPL 授權散布。", "GPL"),
    ("本文采用 GNU 自由文档许可证发布。", "GFDL"),
    (
        "Este documento é software livre; pode redistribuí-lo e/ou modificá-lo segundo os termos da Licença Pública Geral GNU conforme publicada pela Free Software Foundation; tanto a versão 2 da Licença, como (a seu critério) qualquer versão posterior.",
        GPL2,
    ),
    (
        "Questo documento è libero; può essere ridistribuito e/o modificato nei termini della Licenza Pubblica Generica GNU così come pubblicata dalla Free Software Foundation; nella versione 2 della licenza o (a scelta) qualsiasi versione successiva.",
        GPL2,
    ),
    ("Αυτό το έγγραφο διανέμεται υπό τους όρους της GNU General Public License, έκδοση 2 ή νεότερη.", GPL2),
    ("Цей документ розповсюджується на умовах GNU GPL версії 2 або новішої.", GPL2),
    (
        "Permission is granted to make and distribute verbatim copies of this document. You may distribute it under the GNU GPL, version 2 or later.",
        GPL2,
    ),
    ("This document is licensed under the terms of the GNU GPL v2+.", GPL2),
    ("The text of this manual may be distributed under the terms of the LGPL version 2.1.", "LGPL-2.1-only"),
]

# Of the program that a manual describes, and of others.
OTHERS = [
    "This program is free software; you can redistribute it and/or modify it under the terms of the GNU General Public License, version 2 or any later version.",
    "Tento program je svobodný software; můžete jej šířit a upravovat podle podmínek GNU General Public License verze 2 nebo vyšší.",
    "Dieses Programm ist freie Software; Sie können es unter den Bedingungen der GNU General Public License, Version 2, weiterverteilen.",
    "Este programa es software libre; puede redistribuirlo bajo los términos de la Licencia Pública General de GNU, versión 2.",
    "Ce programme est un logiciel libre ; vous pouvez le redistribuer selon les termes de la licence publique générale GNU, version 2.",
    "Ez a program szabad szoftver; terjeszthető a GNU General Public License feltételei szerint.",
    "Questo programma è software libero; può essere ridistribuito secondo i termini della GNU General Public License.",
    "Dit programma is vrije software; u mag het verspreiden onder de voorwaarden van de GNU General Public License, versie 2.",
    "Эта программа является свободным программным обеспечением; вы можете распространять её на условиях Стандартной общественной лицензии GNU.",
    "Detta program är fri programvara; du kan distribuera det enligt villkoren i GNU General Public License.",
    "このプログラムはフリーソフトウェアです。GNU 一般公衆利用許諾書の条件の下で再配布できます。",
    "이 프로그램은 자유 소프트웨어입니다. GNU 일반 공중 사용 허가서의 조건에 따라 재배포할 수 있습니다.",
    "本程序是自由软件；您可以遵照 GNU 通用公共许可证的条款重新分发它。",
    "Este programa é software livre; você pode redistribuí-lo sob os termos da Licença Pública Geral GNU.",
    # a manual that describes what is under a licence
    'This reference manual details the use of modules distributed with Foo Analysis Support System (FASS), an open source (<a href="https://www.gnu.org/licenses/gpl.html">GNU GPLed</a>), image processing system.',
    "This manual describes Foo, a free editor released under the GNU General Public License.",
    "Dieses Handbuch beschreibt Foo, einen Editor, der unter der GNU General Public License steht.",
    "Ce manuel décrit Foo, un éditeur distribué sous licence GNU GPL.",
    "Este manual describe Foo, un editor publicado bajo la Licencia Pública General de GNU.",
    "Questo manuale descrive Foo, un editor rilasciato sotto la GNU General Public License.",
    "This document explains how to choose a licence such as the GNU General Public License.",
    "This document covers Foo, which is licensed under the MIT License.",
    # history
    "Il progetto è stato sponsorizzato per un anno dal Progetto GNU della Free Software Foundation, l'organizzazione fondata da Richard Stallman e associata alla licenza GPL (General Public License).",
    "Das Projekt wurde von der Free Software Foundation gefördert, die mit der Lizenz GPL (General Public License) verbunden ist.",
    "Le projet a été soutenu par la Free Software Foundation, l'organisation associée à la licence GPL (General Public License).",
    "In 1994 the project was sponsored by the GNU Project of the Free Software Foundation, which is associated with the GNU General Public License.",
    # of what a document tells, in other words
    "Este documento trata de Foo, distribuido bajo la licencia GNU GPL.",
    "Este manual documenta Foo, que se distribuye bajo la Licencia Pública General de GNU.",
    "Foo est un logiciel libre distribué selon les termes de la licence publique générale GNU. Ce manuel l'explique.",
    "Tato příručka popisuje editor Foo, který je šířen pod licencí GNU GPL.",
    "Deze handleiding beschrijft Foo, dat onder de GNU General Public License valt.",
    "Это руководство описывает Foo, который распространяется на условиях GNU General Public License.",
    "このマニュアルは Foo について説明します。Foo は GNU General Public License の下で配布されています。",
    "本手册介绍 Foo，它以 GNU 通用公共许可证发布。",
    "Ez a kézikönyv a Foo programot írja le, amely a GNU General Public License alatt terjeszthető.",
    "Denna handbok beskriver Foo som distribueras enligt GNU General Public License.",
    "Niniejszy podręcznik opisuje program Foo, dostępny na licencji GNU GPL.",
    "Bu kılavuz, GNU Genel Kamu Lisansı ile dağıtılan Foo programını anlatır.",
    "This guide is for users of Foo, which is free software under the GNU General Public License.",
    "In this chapter we look at Linux, an operating system released under the GNU General Public License.",
    "In diesem Kapitel geht es um Linux, das unter der GNU General Public License steht.",
    "Dans ce guide, vous apprendrez à installer Foo, distribué sous licence GNU GPL.",
    "In questo documento si spiega come installare Foo, distribuito sotto la licenza GNU GPL.",
    "This article was written by Ann, author of Foo, a tool licensed under the MIT License.",
    "All the packages in this manual are licensed under the GNU GPL.",
    "The documents produced by Foo are not covered by the GNU GPL.",
    "This page lists programs that are available under the terms of the GNU General Public License.",
    "이 설명서는 GNU 일반 공중 사용 허가서에 따라 배포되는 프로그램 Foo를 설명합니다.",
    "Den här sidan handlar om Foo, ett program som distribueras under villkoren i GNU General Public License.",
]

MIT = """Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software"""


@pytest.mark.parametrize("page", [front, legal])
@pytest.mark.parametrize(("words", "license"), GIVEN)
def test_what_a_manual_gives(words, license, page):
    assert ask(page(words))[0] == license, ask(page(words))[1]


@pytest.mark.parametrize("words", OTHERS)
def test_what_is_of_the_program_or_told(words):
    assert ask(front(words))[0] is None, ask(front(words))[1]


def test_terms_in_whole_are_a_books_in_its_own_notice_alone():
    assert ask(legal(MIT))[0] == "MIT"
    assert ask(legal(f"“Another manual”, 版权所有 © 1997 Will.</p><p>{MIT}"))[0] == "MIT"
    assert ask(front(MIT))[0] is None
    assert ask(front(f"</p><pre>{MIT}</pre><p>"))[0] is None


def test_a_mark_whose_words_speak_of_the_pictures():
    mark = '<a rel="license" href="http://creativecommons.org/licenses/by-nc-nd/3.0/"><img alt="Creative Commons Lizenzvertrag" src="http://i.creativecommons.org/l/by-nc-nd/3.0/88x31.png"></a><br>'
    page = "<html><body><h1>A</h1>{}<div class='widget'><h3>Rights</h3><div>{}</div></div></body></html>"
    of_pictures = mark + "Die Bilder in diesem Blog stehen unter einer CC-Lizenz."
    of_both = mark + "Bilder und Texte in diesem Blog stehen unter einer CC-Lizenz."
    assert ask(page.format(PROSE, of_pictures))[0] is None
    assert ask(page.format(PROSE, of_both))[0] == "CC-BY-NC-ND-3.0"
    assert ask(page.format(PROSE, mark))[0] == "CC-BY-NC-ND-3.0"
