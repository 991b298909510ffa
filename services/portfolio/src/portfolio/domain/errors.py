"""The refusals of portfolio: one type per rule that can be broken."""

from chassis.errors import Forbidden, Invalid, Refusal


class FrameworkIsPublished(Refusal):
    title = "A published framework version never changes; publish the next version"


class CriterionRepeated(Invalid):
    title = "A framework names each criterion once"


class PortfolioIsSigned(Refusal):
    title = "Nothing changes after sign-off"


class PortfolioIsWithdrawn(Refusal):
    title = "The learner's enrolment was withdrawn"


class PortfolioUnderAssessment(Refusal):
    title = "The portfolio is with the assessor until it is returned"


class PortfolioNotSubmitted(Refusal):
    title = "Only a submitted portfolio can be assessed or returned"


class PortfolioNotAssessed(Refusal):
    title = "The portfolio has not been assessed"


class QualityAssuranceOutstanding(Refusal):
    title = "The portfolio was drawn for quality assurance, which comes before sign-off"


class EventAfterEntry(Invalid):
    title = "Evidence is of work already done: its date is not in the future"


class ReferenceIsCopy(Invalid):
    title = "Say where the work lives; no content and no local file"


class KindNeedsCandidate(Refusal):
    title = "Only the candidate puts evidence of this kind in"


class CriterionUnknown(Invalid):
    title = "The framework version has no such criterion"


class CriteriaWithoutEvidence(Refusal):
    title = "Every criterion needs evidence before the portfolio is submitted"


class CriteriaUndecided(Invalid):
    title = "An assessment decides every criterion of the framework"


class CriterionDecidedTwice(Invalid):
    title = "An assessment decides each criterion once"


class CriteriaNotMet(Invalid):
    title = "Not every criterion is met; return the portfolio instead"


class AssessorIsCandidate(Refusal):
    title = "Nobody assesses their own portfolio"


class VerifierIsCandidate(Refusal):
    title = "Nobody verifies their own portfolio"


class VerifierIsAssessor(Refusal):
    title = "Nobody verifies their own assessment"


class SignerIsCandidate(Refusal):
    title = "Nobody signs off their own portfolio"


class SignerIsAssessor(Refusal):
    title = "Nobody signs off their own assessment"


class WitnessNeverDecides(Refusal):
    title = "Who put evidence into a portfolio decides nothing about it"


class SubjectNotOpaque(Forbidden):
    title = "Your token's subject is not an opaque id, and events carry nothing else"
