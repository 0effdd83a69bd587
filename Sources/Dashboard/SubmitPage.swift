public import HyperSchedProtocol

/// `/submit`: a sweep file to be explained or started.
public struct SubmitPage: PageView {
    static let template = "submit"

    struct Explanation {
        let obstacles: [String]
        let notes: [String]
        let lines: [String]
    }

    let title = "Submit"
    let isLive = false
    let isSubmit = true
    let file: String
    /// The form's `Idempotency-Key`: pressed twice, the button still starts one sweep.
    let key: String
    let problem: String?
    let mistakes: [Problem.FieldError]
    let explanation: Explanation?

    public init(file: String, key: String, explanation: SweepExplanation? = nil, problem: Problem? = nil) {
        self.file = file
        self.key = key
        self.problem = problem.map { $0.detail.isEmpty ? $0.title : "\($0.title): \($0.detail)" }
        mistakes = problem?.errors ?? []
        self.explanation = explanation.map {
            Explanation(obstacles: $0.obstacles, notes: $0.warnings, lines: $0.text)
        }
    }

    public func html(for viewer: Viewer) -> String { PageLibrary.shared.html(self, for: viewer) }

    /// What the form shows at first.
    public static let example = """
        name: fashion-nbdt
        workload: nbdt
        method: random
        metric: {name: val_soft_accuracy, goal: maximize}
        parameters:
          lr: {distribution: log_uniform_values, min: 0.001, max: 0.3}
        hypersched:
          in: 10m
          steps: {unit: epoch, min: 1, max: 16}

        """
}

/// A refusal as a page.
public struct ProblemPage: PageView {
    static let template = "problem"

    let title: String
    let isLive = false
    let detail: String
    let mistakes: [Problem.FieldError]

    public init(_ problem: Problem) {
        title = problem.title
        detail = problem.detail
        mistakes = problem.errors
    }

    public func html(for viewer: Viewer) -> String { PageLibrary.shared.html(self, for: viewer) }
}
