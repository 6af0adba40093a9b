"""Whether a sentence is in the language it should be in: by its script, then by its common words.

Cheap and forgiving: a short sentence without a telling word passes. No model, no detection of
which language it is instead.
"""

import re
import unicodedata

LEAST_OWN_SCRIPT = 0.75
"""Share of a sentence's letters; a name may be in another script."""
TELLING_WORDS = 6
"""A sentence this long that holds no common word of its language is in another one."""

_LATIN = ((0x41, 0x24F), (0x1E00, 0x1EFF))
_SCRIPTS = {
    "ru": ((0x400, 0x52F),),
    "hi": ((0x900, 0x97F), (0xA8E0, 0xA8FF)),
    "ar": ((0x600, 0x6FF), (0x750, 0x77F), (0x8A0, 0x8FF), (0xFB50, 0xFEFF)),
}
_NEVER = ((0x2E80, 0x9FFF), (0xAC00, 0xD7FF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF))
"""Chinese, Japanese and Korean, into which small models slip."""

_COMMON = {
    "en": """the a an and but or so if of to in on at for with from about as by is are was were be
        been am do does did have has had not no yes it its it's this that that's these those there
        here i i'm i've you you're you've your we we're he she they them me my can can't could will
        would may might what how when why who which all just like some more very one now let let's
        feel sounds sorry thank hello hi okay take tell don't didn't isn't it'll i'll right""",
    "es": """el la los las un una y o pero si no de del al a en con por para que qué como cómo
        cuando es son está estás estoy ser eres soy fue ha he has hay lo le te se me mi tu tus su
        yo tú muy más todo esto eso aquí ahora también algo quieres puedes puedo sí gracias hola
        siento sientes cuéntame""",
    "de": """der die das den dem des ein eine einen einem einer und oder aber wenn dass weil nicht
        kein keine ist sind war bin bist sein hat habe hast haben ich du dich dir dein deine mich
        mir mein wir uns sie er es zu zum zur in im an am auf aus bei mit von vom für um über wie
        was warum wo so auch noch nur schon sehr mehr jetzt hier da kann kannst möchtest magst ja
        danke hallo klingt tut leid""",
    "fr": """le la les l un une des de du d et ou mais si que qu qui quoi ne pas n est es suis sont
        c'est était être a as ai ont j je j'ai tu te t toi vous nous il elle on se s ce cette ces
        ça à au aux en dans sur avec pour par plus très tout comme comment quand ici maintenant
        aussi mon ma mes ton ta tes votre vos peux peut veux oui non merci bonjour désolé""",
    "pt": """o a os as um uma e ou mas se não de do da dos das em no na nos nas com por para pra
        que como quando é são está estás estou ser foi tem tens tenho há lhe te se me meu minha teu
        tua seu sua eu tu você ele ela muito mais tudo isso isto aqui agora também algo quer pode
        posso sim obrigado olá sinto sente""",
}
_WORDS = {language: frozenset(words.split()) for language, words in _COMMON.items()}


def is_in(text: str, language: str) -> bool:
    """False where a text is clearly not in a language (ISO 639-1); True where in doubt."""
    letters = [ord(char) for char in text if unicodedata.category(char)[0] in "LM"]
    if any(_within(letter, _NEVER) for letter in letters):
        return False
    if language not in _SCRIPTS and language not in _WORDS:
        return True
    script = _SCRIPTS.get(language, _LATIN)
    own = sum(_within(letter, script) or 0x300 <= letter < 0x370 for letter in letters)
    if own < LEAST_OWN_SCRIPT * len(letters):
        return False
    return language not in _WORDS or _has_its_words(text, language)


def _has_its_words(text: str, language: str) -> bool:
    words = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", text.casefold().replace("’", "'"))
    hits = {name: sum(word in common for word in words) for name, common in _WORDS.items()}
    own = hits.pop(language)
    if max(hits.values()) >= own + 2:
        return False
    return own > 0 or len(words) < TELLING_WORDS


def _within(letter: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(low <= letter <= high for low, high in ranges)
