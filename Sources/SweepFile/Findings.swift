import HyperSchedProtocol
import Yams

/// Collects what is wrong while a file is read, so that all of it is said at once.
final class Findings {
    private(set) var errors: [Problem.FieldError] = []
    private(set) var warnings: [String] = []
    /// Where the text has several documents: the lines at which the second and the later ones begin, from 1.
    var partStarts: [Int] = []

    /// - Parameters:
    ///   - field: path of the field; empty for the whole file.
    ///   - node: where it stands in the file, for the line number.
    func error(_ field: String, at node: Node?, _ message: String, fix: String) {
        error(field, line: node?.mark?.line, message, fix: fix)
    }

    func error(_ field: String, line: Int?, _ message: String, fix: String) {
        let place = line.map { "\(self.place($0)): " } ?? ""
        errors.append(Problem.FieldError(field: field, message: place + message, fix: fix))
    }

    private func place(_ line: Int) -> String {
        guard let start = partStarts.last(where: { $0 < line }), let part = partStarts.firstIndex(of: start) else {
            return "line \(line)"
        }
        return "line \(line - start) of part \(part + 2)"
    }

    func warn(_ field: String, _ message: String) {
        warnings.append("\(field): \(message)")
    }
}
