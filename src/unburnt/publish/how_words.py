"""How to verify a pack, in plain words, English and Russian; the commands are run by a test.

    HOW["en"]       (("h2", "1. …"), ("p", "…"), ("pre", "sha256sum -c …"), …)

ARCHIVE and DEVICE stand for the ids of the pack.
"""

from __future__ import annotations

from collections.abc import Mapping

Part = tuple[str, str]

_HASHES = (
    "sha256sum --check --strict --quiet tagmanifest-sha256.txt\n"
    "sha256sum --check --strict --quiet manifest-sha256.txt"
)
_FINGERPRINT = "sha256sum tagmanifest-sha256.txt"
_SEALED = (
    "sed -n 's/^tagmanifest-sha256 //p' seal.note\n"
    "sha256sum tagmanifest-sha256.txt | cut -d ' ' -f 1"
)
_PROOFS = "python3 verify_proof.py proofs --archive ARCHIVE"
_PROGRAM = "unburnt check-pack ."

HOW: Mapping[str, tuple[Part, ...]] = {
    "en": (
        (
            "p",
            "You need to trust nobody's word for this, nor our program. Open a terminal in the"
            " folder of the pack and go step by step. Each step says what it shows and what not.",
        ),
        ("h2", "1. No file was changed or removed"),
        ("pre", _HASHES),
        (
            "p",
            "Both commands must print nothing and end without an error. The first compares the"
            " papers of the pack, the second everything in the folder “data”. A file that was added"
            " they do not notice: every file that belongs here stands in index.html.",
        ),
        ("h2", "2. It is the pack that was handed over"),
        ("pre", _FINGERPRINT),
        (
            "p",
            "Compare this number with the one that the group gave you in another way: by telephone,"
            " on paper, through a lawyer. It covers every byte. Without this comparison you know"
            " only that the pack is whole, not whose it is.",
        ),
        ("h2", "3. The group's device sealed it"),
        ("pre", _SEALED),
        (
            "p",
            "Both lines must be equal. The file seal.note is signed by device DEVICE; the program"
            " (step 5) checks the signature.",
        ),
        ("h2", "4. Every statement was in the group's log"),
        ("pre", _PROOFS),
        (
            "p",
            "It checks each proof: who signed, which place in which log. Give it what you were told"
            " in another way: --device, --vkey, or --policy with a file. It needs Python and the"
            " package “cryptography”. The page verify.html does the same in a browser, offline.",
        ),
        ("h2", "5. Everything at once"),
        (
            "p",
            "With our program, which needs no key and no network for it, and also compares the"
            " table and the originals with the proofs, and the contents with the folder. It says"
            " OPEN unless you add --fingerprint or --device with what you were told elsewhere:",
        ),
        ("pre", _PROGRAM),
        ("h2", "What is not checked by any of this"),
        (
            "p",
            "Whether it is true; whether the words of the pages render the proven values well (they"
            " rest on the seal); whether the group packed all it knows; who is behind the keys."
            " Times are the devices' own unless a time token is in the folder “times”.",
        ),
    ),
    "ru": (
        (
            "p",
            "Не нужно верить на слово ни людям, ни нашей программе. Откройте терминал в папке"
            " пакета и идите по шагам. При каждом сказано, что он показывает и чего не показывает.",
        ),
        ("h2", "1. Ни один файл не изменён и не убран"),
        ("pre", _HASHES),
        (
            "p",
            "Обе команды должны ничего не напечатать и завершиться без ошибки. Первая сверяет"
            " служебные файлы пакета, вторая — всё в папке «data». Добавленного файла они не"
            " заметят: все файлы пакета перечислены в index.html.",
        ),
        ("h2", "2. Это тот самый пакет, который вам передали"),
        ("pre", _FINGERPRINT),
        (
            "p",
            "Сравните это число с тем, которое группа сообщила вам иным путём: по телефону, на"
            " бумаге, через адвоката. Оно охватывает каждый байт. Без этого сравнения известно"
            " только, что пакет цел, но не чей он.",
        ),
        ("h2", "3. Его опечатало устройство группы"),
        ("pre", _SEALED),
        (
            "p",
            "Обе строки должны совпасть. Файл seal.note подписан устройством DEVICE; подпись"
            " проверяет программа (шаг 5).",
        ),
        ("h2", "4. Каждое утверждение было в журнале группы"),
        ("pre", _PROOFS),
        (
            "p",
            "Проверяется каждое доказательство: кто подписал и на каком месте какого журнала."
            " Сообщите программе то, что узнали иным путём: --device, --vkey или --policy с файлом."
            " Нужны Python и пакет «cryptography». Страница verify.html делает то же в браузере,"
            " без сети.",
        ),
        ("h2", "5. Всё сразу"),
        (
            "p",
            "Нашей программой: ей для этого не нужны ни ключи, ни сеть, и она ещё сверяет таблицу и"
            " оригиналы с доказательствами, а содержание — с папкой. Она скажет «НЕ РЕШЕНО», если"
            " не добавить --fingerprint или --device с тем, что вам назвали иным путём:",
        ),
        ("pre", _PROGRAM),
        ("h2", "Чего не проверяет ни один из шагов"),
        (
            "p",
            "Верно ли сказанное; хорошо ли слова страниц передают доказанные значения (за них"
            " ручается печать); всё ли известное группа включила; кто стоит за ключами. Время —"
            " лишь то, что показывали часы устройств, если в папке «times» нет метки времени.",
        ),
    ),
}
