import Foundation

/// The nouns of WordNet 3.0 (Fellbaum 1998) in its own file format (wndb(5WN)): `data.noun`, in which a line starts at
/// the byte that is the synset's number, and `index.noun`, which lists the senses of each word in order. Debian:
/// wordnet-base.
final class WordNet {
    static let defaultFolder = "/usr/share/wordnet"

    struct Synset: Equatable {
        /// Byte offset in data.noun; with eight digits after an `n` it is the id that ImageNet calls wnid.
        let offset: Int
        /// The first word, with underscores.
        let word: String
        let hypernyms: [Int]
        let instanceOf: [Int]

        var id: String { WordNet.id(offset) }
    }

    private let dataPath: String
    private let indexPath: String
    private let data: Data
    private var index: Data?
    private var synsets: [Int: Synset] = [:]
    private var depths: [Int: Int] = [:]

    init(folder: String) throws(WorkloadError) {
        dataPath = folder + "/data.noun"
        indexPath = folder + "/index.noun"
        data = try Self.read(dataPath)
    }

    private static func read(_ path: String) throws(WorkloadError) -> Data {
        do {
            return try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
        } catch {
            throw WorkloadError(
                .badData,
                "\(path): cannot be read; expected WordNet 3.0 there (apt-get install wordnet-base), or its folder in "
                    + "wordnet_dir")
        }
    }

    static func id(_ offset: Int) -> String {
        let digits = String(offset)
        return "n" + String(repeating: "0", count: max(0, 8 - digits.count)) + digits
    }

    /// The byte offset of `n02691156`; nil for other text.
    static func offset(_ id: String) -> Int? {
        guard id.count == 9, id.first == "n", id.dropFirst().allSatisfy(\.isNumber) else { return nil }
        return Int(id.dropFirst())
    }

    /// - Throws: `.badData` where no synset of nouns starts at this byte.
    func synset(_ offset: Int) throws(WorkloadError) -> Synset {
        if let known = synsets[offset] { return known }
        guard let synset = parse(offset) else {
            throw WorkloadError(
                .badData, "\(dataPath): expected a noun at byte \(offset) (\(Self.id(offset))), found none")
        }
        synsets[offset] = synset
        return synset
    }

    func synset(id: String) throws(WorkloadError) -> Synset {
        guard let offset = Self.offset(id) else {
            throw WorkloadError(.badData, "\(id): expected a WordNet id such as n02691156")
        }
        return try synset(offset)
    }

    /// `offset lexfile n wordcount(hex) word lexid ... pointercount {symbol offset pos source/target}... | gloss`
    private func parse(_ offset: Int) -> Synset? {
        guard offset >= 0, offset < data.count, offset == 0 || data[offset - 1] == UInt8(ascii: "\n") else {
            return nil
        }
        let end = data[offset...].firstIndex(of: UInt8(ascii: "\n")) ?? data.endIndex
        let fields = String(decoding: data[offset..<end], as: UTF8.self).split(separator: " ")
        guard fields.count > 6, Int(fields[0]) == offset, fields[2] == "n", let words = Int(fields[3], radix: 16),
            words > 0, fields.count > 4 + 2 * words, let pointers = Int(fields[4 + 2 * words]),
            fields.count >= 5 + 2 * words + 4 * pointers
        else { return nil }
        var hypernyms: [Int] = []
        var instanceOf: [Int] = []
        for pointer in 0..<pointers {
            let place = 5 + 2 * words + 4 * pointer
            guard let target = Int(fields[place + 1]), fields[place + 2] == "n" else { continue }
            if fields[place] == "@" { hypernyms.append(target) }
            if fields[place] == "@i" { instanceOf.append(target) }
        }
        return Synset(offset: offset, word: String(fields[4]), hypernyms: hypernyms, instanceOf: instanceOf)
    }

    /// The name that NLTK gives a synset: word, part of speech, number of the sense: `boot.n.01`.
    func name(_ synset: Synset) throws(WorkloadError) -> String {
        let word = synset.word.lowercased()
        if index == nil { index = try Self.read(indexPath) }
        guard let index, let found = index.range(of: Data("\n\(word) n ".utf8)) else { return word + ".n.00" }
        let end = index[found.upperBound...].firstIndex(of: UInt8(ascii: "\n")) ?? index.endIndex
        let fields = String(decoding: index[found.upperBound..<end], as: UTF8.self).split(separator: " ")
        let senses = Int(fields.first ?? "") ?? 0
        let place = fields.suffix(senses).firstIndex { Int($0) == synset.offset }
        let number = place.map { $0 - (fields.count - senses) + 1 } ?? 0
        return word + ".n." + (number < 10 ? "0" : "") + String(number)
    }

    /// The hypernyms by name; those of which it is an instance where it has none else.
    func parents(_ synset: Synset) throws(WorkloadError) -> [Synset] {
        let offsets = synset.hypernyms.isEmpty ? synset.instanceOf : synset.hypernyms
        var parents: [(name: String, synset: Synset)] = []
        for offset in offsets {
            let parent = try self.synset(offset)
            // Names cost a search in the index; one parent needs no order.
            parents.append((offsets.count > 1 ? try name(parent) : "", parent))
        }
        return parents.sorted { ($0.name, $0.synset.offset) < ($1.name, $1.synset.offset) }.map(\.synset)
    }

    /// Everything above a synset, itself included.
    func ancestors(_ synset: Synset) throws(WorkloadError) -> Set<Int> {
        var found: Set<Int> = [synset.offset]
        var open = [synset]
        while let next = open.popLast() {
            for offset in next.hypernyms + next.instanceOf where found.insert(offset).inserted {
                open.append(try self.synset(offset))
            }
        }
        return found
    }

    /// The length of the longest way up to a synset without hypernyms.
    func depth(_ synset: Synset) throws(WorkloadError) -> Int {
        if let known = depths[synset.offset] { return known }
        var depth = 0
        for offset in synset.hypernyms + synset.instanceOf {
            depth = max(depth, 1 + (try self.depth(self.synset(offset))))
        }
        depths[synset.offset] = depth
        return depth
    }
}
