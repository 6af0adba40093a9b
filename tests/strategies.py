"""Hypothesis strategies for the values that flow, shared by every room's tests."""

from hypothesis import strategies as st

from pipeline.values import Emotion, Feeling, Moment, VoiceProfile

finite = st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def probabilities(draw: st.DrawFn) -> dict[Emotion, float]:
    """All eight emotions, summing to 1; some may be as good as impossible."""
    weights = [draw(st.floats(0.0, 1.0)) for _ in Emotion]
    total = sum(weights)
    if total < 1e-6:
        return dict.fromkeys(Emotion, 1 / len(Emotion))
    return {emotion: weight / total for emotion, weight in zip(Emotion, weights, strict=True)}


@st.composite
def curves(draw: st.DrawFn) -> tuple[Moment, ...]:
    """Overlapping windows of one length in time order."""
    length = draw(st.floats(0.5, 10.0))
    hop = draw(st.floats(0.1, 1.0)) * length
    guesses = draw(st.lists(probabilities(), max_size=4))
    return tuple(Moment(i * hop, i * hop + length, guess) for i, guess in enumerate(guesses))


profiles = st.builds(VoiceProfile, st.integers(1, 10_000), st.lists(finite, max_size=40).map(tuple))

feelings = st.builds(
    Feeling,
    probabilities=probabilities(),
    engine=st.text(min_size=1, max_size=12),
    curve=curves(),
    voice=st.none() | profiles,
)
