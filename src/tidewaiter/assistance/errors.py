"""The refusals of the room `assistance`."""

from tidewaiter.problem import N_, Problem


class NoSuchRequest(Problem):
    """No request has this id."""

    type = "no-such-request"
    status = 404
    title = N_("There is no such request")
    detail = N_("No request {id} is kept here.")
    remedy = N_("The list of requests shows those that are here.")


class NotOurs(Problem):
    """A request of our own is not ours to answer."""

    type = "not-ours-to-answer"
    status = 409
    title = N_("This is a request of our own")
    detail = N_("We asked {partner} this; the answer is theirs to give.")
    remedy = N_("Wait for it, or remind the partner.")


class EndedAlready(Problem):
    """The request was answered or refused."""

    type = "request-ended"
    status = 409
    title = N_("This was answered already")
    detail = N_("The request {number} is {state}.")
    remedy = N_("Look at the replies; a new request can be answered anew.")


class GroundUnknown(Problem):
    """A refusal names a ground that the agreement does not have."""

    type = "ground-unknown"
    status = 422
    title = N_("The agreement knows no such ground")
    detail = N_("{ground} is no ground on which this agreement lets a request be refused.")
    remedy = N_("Its grounds: {grounds}.")


class CategoryMissing(Problem):
    """An answer says nothing of what it is of."""

    type = "category-missing"
    status = 422
    title = N_("Say what the answer is of")
    detail = N_("An answer carries data of one category of the agreement, and is judged by that.")
    remedy = N_("Name the category; the categories: {categories}.")


class AnswerMissing(Problem):
    """An answer that answers nothing."""

    type = "answer-missing"
    status = 422
    title = N_("There is no answer in it")
    detail = N_("A reply that is partial or final says something.")
    remedy = N_("Write the answer, or name the consignment that it is of.")


class NothingHeld(Problem):
    """Nothing of that category is held here in a form that can be sent."""

    type = "nothing-held"
    status = 422
    title = N_("No such records are held here")
    detail = N_("Records of the category {category} are not kept by this node.")
    remedy = N_("Answer in words, or refuse on a ground of the agreement.")
