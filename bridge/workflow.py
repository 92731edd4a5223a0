"""The life of an announcement: states, actions, and which leads where. Pure."""

from enum import StrEnum

from bridge.errors import IllegalTransition


class State(StrEnum):
    """Where an announcement stands."""

    RECEIVED = "received"
    QUEUED = "queued"
    TRANSCRIBING = "transcribing"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    FAILED = "failed"


class Action(StrEnum):
    """What may be done to an announcement."""

    ENQUEUE = "enqueue"  # hand it to the transcription queue
    START = "start"  # a worker begins, or begins again after a lost run
    FINISH = "finish"  # the whole text is there
    FAIL = "fail"  # transcription gave up; audio and text so far stay
    CANCEL = "cancel"  # a person stops it; audio and text so far stay
    RETRY = "retry"  # a person asks for another try of what the machine gave up
    EDIT = "edit"  # text or details change; voids an approval
    HURRY = "hurry"  # its priority changes while it is not for correcting yet
    RETURN = "return"  # an approver sends it back with a comment
    RESUBMIT = "resubmit"  # an editor says that it is put right
    APPROVE = "approve"  # a person approves the exact text
    PUBLISH_NOW = "publish_now"  # what was to go out later goes out at once
    UNSCHEDULE = "unschedule"  # what was to go out later does not; voids the approval
    PUBLISH = "publish"  # the pages stand on the portal
    WITHDRAW = "withdraw"  # take it off the portal, or drop it before it got there
    REOPEN = "reopen"  # bring a withdrawn announcement back to review
    REOPEN_UNHEARD = "reopen_unheard"  # the same, where the text was never finished


S, A = State, Action

TRANSITIONS: dict[tuple[State, Action], State] = {
    (S.RECEIVED, A.ENQUEUE): S.QUEUED,
    (S.QUEUED, A.START): S.TRANSCRIBING,
    (S.QUEUED, A.FAIL): S.FAILED,
    (S.QUEUED, A.CANCEL): S.FAILED,
    (S.QUEUED, A.HURRY): S.QUEUED,
    (S.TRANSCRIBING, A.START): S.TRANSCRIBING,
    (S.TRANSCRIBING, A.FINISH): S.IN_REVIEW,
    (S.TRANSCRIBING, A.FAIL): S.FAILED,
    (S.TRANSCRIBING, A.CANCEL): S.FAILED,
    (S.TRANSCRIBING, A.HURRY): S.TRANSCRIBING,
    (S.FAILED, A.RETRY): S.QUEUED,
    (S.FAILED, A.HURRY): S.FAILED,
    (S.FAILED, A.WITHDRAW): S.WITHDRAWN,
    (S.IN_REVIEW, A.EDIT): S.IN_REVIEW,
    (S.IN_REVIEW, A.RETURN): S.IN_REVIEW,
    (S.IN_REVIEW, A.RESUBMIT): S.IN_REVIEW,
    (S.IN_REVIEW, A.APPROVE): S.APPROVED,
    (S.IN_REVIEW, A.WITHDRAW): S.WITHDRAWN,
    (S.APPROVED, A.EDIT): S.IN_REVIEW,
    (S.APPROVED, A.RETRY): S.APPROVED,
    (S.APPROVED, A.PUBLISH): S.PUBLISHED,
    (S.APPROVED, A.PUBLISH_NOW): S.APPROVED,
    (S.APPROVED, A.UNSCHEDULE): S.IN_REVIEW,
    (S.APPROVED, A.WITHDRAW): S.WITHDRAWN,
    (S.PUBLISHED, A.EDIT): S.IN_REVIEW,
    (S.PUBLISHED, A.WITHDRAW): S.WITHDRAWN,
    (S.WITHDRAWN, A.RETRY): S.WITHDRAWN,
    (S.WITHDRAWN, A.REOPEN): S.IN_REVIEW,
    (S.WITHDRAWN, A.REOPEN_UNHEARD): S.FAILED,
}


def next_state(state: State, action: Action) -> State:
    """Where `action` leads from `state`. Raises IllegalTransition where it may not be done."""
    try:
        return TRANSITIONS[state, action]
    except KeyError:
        raise IllegalTransition(state=state.value, action=action.value) from None


def may(state: State, action: Action) -> bool:
    """Whether `action` is open in `state`, for pages that offer only what will work."""
    return (state, action) in TRANSITIONS
