"""What the pages of a pack say around the facts, in English and Russian.

    say = speaker("ru")
    say("looked", statements=212, entities=40)

Names of kinds, properties and terms are not here: the schema has them. Never a fact of a case.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

LANGUAGES = ("en", "ru")
Say = Callable[..., str]

WORDS: Mapping[str, tuple[str, str]] = {
    # names of pages and their parts
    "index": ("Contents", "Содержание"),
    "chronology": ("Chronology", "Хронология"),
    "people": ("People, organisations and sources", "Лица, организации и источники"),
    "statements": ("All statements", "Все утверждения"),
    "contradictions": ("Contradictions", "Противоречия"),
    "exculpatory": ("What speaks against", "Что говорит против"),
    "originals": ("Originals", "Оригиналы"),
    "custody": ("Custody", "История хранения"),
    "redactions": ("What is withheld", "Что скрыто"),
    "how": ("How to verify this pack", "Как проверить этот пакет"),
    "how-en": ("How to verify (English)", "Как проверить (по-английски)"),
    "how-ru": ("How to verify (Russian)", "Как проверить (по-русски)"),
    "table": ("The table for programs", "Таблица для программ"),
    "verifier": ("Verifier in the browser, works offline", "Проверка в браузере, без сети"),
    # what stands on the index
    "court-pack": ("Court pack", "Пакет для суда"),
    "about-chronology": (
        "What happened, in order; for every value according to whom and how sure.",
        "Что произошло, по порядку; при каждом сведении — с чьих слов и насколько надёжно.",
    ),
    "about-people": (
        "Who is spoken of, and the papers all of it rests on.",
        "О ком идёт речь и на какие документы всё опирается.",
    ),
    "about-statements": (
        "Every statement with its grades, its chain of hearsay and its proof.",
        "Каждое утверждение с оценками, цепочкой пересказа и доказательством.",
    ),
    "about-contradictions": (
        "Values that cannot both be true, and values that somebody denies, side by side.",
        "Сведения, которые не могут быть верны одновременно, и то, что кто-то отрицает, рядом.",
    ),
    "about-exculpatory": (
        "Denials, retractions and doubts: what helps the other side.",
        "Отрицания, отозванное и сомнения: то, что помогает другой стороне.",
    ),
    "about-originals": (
        "The files themselves, bit for bit, with their SHA-256.",
        "Сами файлы, бит в бит, с их суммой SHA-256.",
    ),
    "about-custody": (
        "Through whose hands the evidence went.",
        "Через чьи руки прошли доказательства.",
    ),
    "about-redactions": (
        "What kind of thing is withheld, and how many; never what.",
        "Какого рода сведения скрыты и сколько их; но не сами сведения.",
    ),
    "packed": (
        "Packed {made} (by the packing device's clock) by device {device} of archive {archive}.",
        "Собран {made} (по часам собиравшего устройства) устройством {device} архива {archive}.",
    ),
    "counts": (
        "{statements} statements, {originals} originals.",
        "Утверждений: {statements}, оригиналов: {originals}.",
    ),
    "files": ("Every file in this pack", "Все файлы пакета"),
    "files-note": (
        "This page cannot hold its own hash: it stands in tagmanifest-sha256.txt, as do those of"
        " bagit.txt, bag-info.txt and manifest-sha256.txt. The file seal.note signs"
        " tagmanifest-sha256.txt, and so every byte of the pack.",
        "Своей суммы эта страница содержать не может: она в файле tagmanifest-sha256.txt, как и"
        " суммы файлов bagit.txt, bag-info.txt и manifest-sha256.txt. Файл seal.note подписывает"
        " tagmanifest-sha256.txt, а с ним каждый байт пакета.",
    ),
    "file": ("File", "Файл"),
    "bytes": ("Bytes", "Байт"),
    "sha256": ("SHA-256", "SHA-256"),
    "not-included": ("Not included", "Не включено"),
    "all-included": (
        "Everything that a pack can hold is in this one.",
        "В этом пакете есть всё, что пакет может содержать.",
    ),
    "without-verifier": (
        "the verifiers verify_proof.py and verify.html",
        "средства проверки verify_proof.py и verify.html",
    ),
    "without-custody": ("the custody of the evidence", "история хранения доказательств"),
    "without-time": (
        "time tokens: every time here is only claimed",
        "метки времени: всё время здесь лишь заявлено",
    ),
    "without-witness": (
        "cosignatures of witnesses, and a policy that names them",
        "подписи свидетелей и правила, которые их называют",
    ),
    "without-captures": ("captures of web pages", "копии веб-страниц"),
    "not-proven": ("What this pack does not prove", "Чего этот пакет не доказывает"),
    "not-true": (
        "That anything in it is true: it proves who wrote what down, in which order of a log, and"
        " that nothing was changed since.",
        "Что в нём всё верно: он доказывает, кто что записал, в каком порядке журнала, и что с тех"
        " пор ничего не изменено.",
    ),
    "not-complete": (
        "That it is complete: the group chose what to pack. What it withheld of this case is"
        " counted; what it never wrote down, nobody can see.",
        "Что он полон: группа сама выбрала, что включить. Сколько скрыто по этому делу, посчитано;"
        " чего она не записала, никто увидеть не может.",
    ),
    "not-when": (
        "When something was written, unless a time token of an authority you trust is with it.",
        "Когда что-то записано, если нет метки времени от службы, которой вы доверяете.",
    ),
    "not-who": (
        "Who a pseudonym is, or who sat at the device.",
        "Кто стоит за псевдонимом и кто сидел за устройством.",
    ),
    "not-sent": (
        "That a web page was really sent by that server: a capture authenticates who captured it.",
        "Что веб-страницу действительно прислал тот сервер: копия удостоверяет лишь того, кто её"
        " снял.",
    ),
    "not-admissible": (
        "That any court must accept it: courts decide.",
        "Что его обязан принять какой-либо суд: это решают суды.",
    ),
    # around values
    "the-case": ("The case", "Дело"),
    "contested": ("contested", "оспаривается"),
    "passed-over": ("not first, because: {rule}", "не на первом месте: {rule}"),
    "according-to": ("According to", "С чьих слов"),
    "how-sure": ("How sure", "Насколько надёжно"),
    "reliability": ("source {grade}", "источник {grade}"),
    "credibility": ("information {grade}", "сведения {grade}"),
    "ungraded": ("not graded", "без оценки"),
    "withdrawn": ("withdrawn", "отозвано"),
    "unconfirmed": (
        "signed after a compromise, unconfirmed",
        "подписано после компрометации, не подтверждено",
    ),
    "statement": ("statement {number}", "утверждение {number}"),
    "undated": ("date not known", "дата неизвестна"),
    "nothing-told": ("Nothing is told here.", "Здесь ничего не сказано."),
    "persons": ("People and organisations", "Лица и организации"),
    "papers": ("Papers and other sources", "Документы и другие источники"),
    "other": ("Other things and places", "Прочее"),
    "member": ("member {number}", "участник {number}"),
    # the table
    "number": ("No.", "№"),
    "about": ("About", "О чём"),
    "says": ("What is said", "Что сказано"),
    "stance": ("Stance", "Позиция"),
    "proof": ("Proof", "Доказательство"),
    "field-withheld": ("withheld", "скрыто"),
    # contradictions
    "no-contradictions": (
        "No contradiction was found: no two values of one property exclude each other, and nobody"
        " denies a value that somebody supports.",
        "Противоречий не найдено: нет двух взаимно исключающих значений одного свойства, и никто не"
        " отрицает того, что другой подтверждает.",
    ),
    "looked": (
        "Looked at: {statements} statements about {entities} entities in this pack.",
        "Просмотрено: утверждений — {statements}, объектов — {entities} (в этом пакете).",
    ),
    "for": ("For it", "За"),
    "against": ("Against it", "Против"),
    "nobody": ("nobody", "никто"),
    "side-note": (
        "The archive picks no truth. The order is a reading aid: grades and independent sources"
        " first.",
        "Архив не выбирает истину. Порядок лишь помогает читать: сначала оценки и независимые"
        " источники.",
    ),
    # what speaks against
    "denials": ("Denials", "Отрицания"),
    "taken-back": ("Taken back or replaced", "Отозвано или заменено"),
    "marked": (
        "Marked as speaking for the other side",
        "Отмечено как говорящее в пользу другой стороны",
    ),
    "doubts": ("Doubtful by our own grades", "Сомнительно по нашей собственной оценке"),
    "after-compromise": ("Signed after a compromise", "Подписано после компрометации"),
    "thin": ("How thin the ground is", "Насколько тонка основа"),
    "thin-told": (
        "{thin} of {all} values rest on fewer than two independent sources.",
        "Сведений, за которыми меньше двух независимых источников: {thin} из {all}.",
    ),
    "nothing-found": ("Nothing was found.", "Ничего не найдено."),
    "answers": ("answers statement {number}", "ответ на утверждение {number}"),
    "answers-other": (
        "answers a statement that is not in this pack",
        "ответ на утверждение, которого нет в этом пакете",
    ),
    "withheld-against": (
        "Of what is withheld, {count} statements speak against the case. Ask for them.",
        "Среди скрытого утверждений, говорящих против: {count}. Запросите их.",
    ),
    "withheld-against-none": (
        "Of what is withheld, nothing is marked as speaking against the case.",
        "Среди скрытого нет ничего, что отмечено как говорящее против.",
    ),
    # originals
    "exhibit": ("Exhibit", "Номер"),
    "no-originals": (
        "No original belongs to this case as far as it may be shown.",
        "Оригиналов, относящихся к делу и подлежащих показу, нет.",
    ),
    "recorded-name": ("Name it was recorded under", "Имя, под которым записан"),
    # redactions
    "reason": ("Reason", "Причина"),
    "kind": ("Kind", "Вид"),
    "count": ("Number", "Количество"),
    "count-against": ("of these, speaking against", "из них говорят против"),
    "reason-compartment": (
        "lies in another compartment",
        "находится в другом разделе",
    ),
    "reason-withdrawn": (
        "an original that was withdrawn at its giver's request",
        "оригинал, отозванный по просьбе передавшего",
    ),
    "reason-sensitive": (
        "a property marked sensitive",
        "свойство, отмеченное как уязвимое",
    ),
    "fields-withheld": (
        "Fields withheld of every statement: {fields}. In the proofs they are commitments: the"
        " group could open them to a court without changing the pack.",
        "Поля, скрытые во всех утверждениях: {fields}. В доказательствах на их месте обязательства:"
        " группа может открыть их суду, не меняя пакета.",
    ),
    "behind-sources": (
        "Behind withheld sources there are more statements, at most {count}; of these, at most"
        " {against} speak against the case.",
        "За скрытыми источниками есть ещё утверждения, не более {count}; из них против этого дела"
        " говорит не более {against}.",
    ),
    "nothing-behind-sources": (
        "Nothing was left out because only a withheld source leads to it.",
        "Ничто не пропущено из-за того, что к нему ведёт только скрытый источник.",
    ),
    "names-withheld": (
        "The names of the original files are withheld, too: a name can tell who gave a file.",
        "Имена исходных файлов тоже скрыты: по имени можно узнать, кто передал файл.",
    ),
    "names-shown": (
        "The original files stand here under the names they came with.",
        "Исходные файлы приведены под теми именами, с которыми они поступили.",
    ),
    "no-redactions": (
        "No statement of this case was withheld as far as the packing device could read.",
        "Ни одно утверждение по делу, доступное собиравшему устройству, не скрыто.",
    ),
    "unread": (
        "What the packing device could not read itself is not counted.",
        "То, чего собиравшее устройство само прочесть не может, не посчитано.",
    ),
}


def speaker(language: str) -> Say:
    """Return the function that says a phrase in a language (en, ru; English for any other)."""
    column = LANGUAGES.index(language) if language in LANGUAGES else 0

    def say(phrase: str, **parts: object) -> str:
        return WORDS[phrase][column].format(**parts)

    return say
