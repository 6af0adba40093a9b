"""A second opinion on every training label, from a teacher who knows the speaker.

A linear classifier hears how far a clip lies from its speaker's usual voice (the second view of
`distil.targets`), which the student will not be told; its doubts say which clips are typical and
which could be taken for something else. Every opinion is of a classifier that never heard the
speaker, or it would only repeat the label.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.emotion.corpora import EMOTIONS, Utterance
from models.emotion.distil import Embeddings

_COMPONENTS = 128
"""Principal components kept of the teacher's embedding."""
_STRENGTH = 3e-3
"""Inverse of the regularisation; of 3e-4 … 1e-2 the best log-loss over speakers held out."""
_FOLDS = 5


def soft_labels(centred: Embeddings, utterances: Sequence[Utterance]) -> Embeddings:
    """(N, D) → probabilities (N, 8), NaN where a clip has no label, no embedding or no peers."""
    opinions = np.full((len(utterances), len(EMOTIONS)), np.nan, np.float32)
    usable = np.array([u.emotion is not None for u in utterances]) & ~np.isnan(centred[:, 0])
    if not usable.any():
        return opinions
    reduced = _principal_components(centred, usable)
    corpora = np.array([u.corpus for u in utterances])
    for corpus in np.unique(corpora[usable]):
        own = [int(i) for i in np.flatnonzero(usable & (corpora == corpus))]
        opinions[own] = _of_strangers(reduced[own], [utterances[i] for i in own])
    return opinions


def _principal_components(values: Embeddings, usable: NDArray[np.bool_]) -> Embeddings:
    """(N, D) → (N, at most _COMPONENTS)."""
    known = values[usable]
    _, directions = np.linalg.eigh(known.T @ known)
    reduced: Embeddings = values @ directions[:, -_COMPONENTS:]
    return reduced


def _of_strangers(values: Embeddings, utterances: Sequence[Utterance]) -> Embeddings:
    """Each speaker's clips judged by a classifier trained on the corpus's other speakers."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - the [train] extra
    from sklearn.model_selection import GroupKFold  # noqa: PLC0415

    labels = np.array([EMOTIONS.index(u.emotion) for u in utterances if u.emotion])
    speakers = np.array([u.speaker for u in utterances])
    opinions = np.full((len(values), len(EMOTIONS)), np.nan, np.float32)
    folds = min(_FOLDS, len(np.unique(speakers)))
    if folds < 2:
        return opinions
    for heard, strange in GroupKFold(folds).split(values, labels, speakers):
        classifier = LogisticRegression(C=_STRENGTH, max_iter=200)
        classifier.fit(values[heard], labels[heard])
        opinions[strange] = 0.0
        opinions[np.ix_(strange, classifier.classes_)] = classifier.predict_proba(values[strange])
    return opinions
