/// What a bias benchmark is made of: real foregrounds with real masks, cut out and put on real textures, where each
/// class has a texture that most of its training images are on (the construction of Waterbirds, Sagawa et al.,
/// arXiv:1911.08731, appendix C).
public struct BiasSettings: Sendable {
    public enum Foregrounds: Equatable, Sendable {
        /// Photographs of garments on black; what is brighter than 8 % is the garment. Each class is made of some of
        /// the ten kinds (``FashionMNIST/classNames``).
        case fashionMNIST(folder: String, classes: [[Int]])
        /// A folder per class with PNG files (folders within are looked through); the alpha channel is the mask.
        case cutOuts(folder: String)
    }

    public let foregrounds: Foregrounds
    /// A folder with one picture, or one folder of pictures, per place, in the order of the names; as many as classes.
    public let textures: String
    /// The fraction of a class's training images that are on its own place; the others share the rest.
    public let bias: Double
    /// Training images of each class.
    public let training: [Int]
    /// Validation and test images of each group.
    public let validation: Int
    public let test: Int
    /// Images are this many pixels wide and high.
    public let size: Int
    public let seed: UInt64

    /// Shoes against tops.
    public static let garments = [[5, 7, 9], [0, 2, 6]]
    /// Waterbirds' numbers of training images.
    public static let waterbirds = [3682, 1113]

    /// - Throws: `.badParameters` naming what is wrong.
    public init(
        foregrounds: Foregrounds, textures: String, bias: Double = 0.95, training: [Int] = Self.waterbirds,
        validation: Int = 300, test: Int = 800, size: Int = 32, seed: UInt64 = 0
    ) throws(WorkloadError) {
        func require(_ condition: Bool, _ message: String) throws(WorkloadError) {
            if !condition { throw WorkloadError(.badParameters, message) }
        }
        try require((0...1).contains(bias), "bias: expected a fraction from 0 to 1, found \(bias)")
        try require(training.count >= 2, "train: expected a number for each of at least two classes, found \(training)")
        try require(
            training.allSatisfy { $0 >= 1 }, "train: expected at least 1 image of each class, found \(training)")
        try require(validation >= 1 && test >= 1, "val and test: expected at least 1 image of each group")
        try require((16...512).contains(size), "size: expected 16 to 512 pixels, found \(size)")
        if case .fashionMNIST(_, let classes) = foregrounds {
            try require(
                classes.count == training.count
                    && classes.allSatisfy { !$0.isEmpty && $0.allSatisfy((0..<10).contains) },
                "classes: expected kinds from 0 to 9 for each of \(training.count) classes, found \(classes)")
        }
        self.foregrounds = foregrounds
        self.textures = textures
        self.bias = bias
        self.training = training
        self.validation = validation
        self.test = test
        self.size = size
        self.seed = seed
    }

    /// How many training images of a class are on each place.
    func trainingCounts(label: Int) -> [Int] {
        let places = training.count
        let own = Int((bias * Double(training[label])).rounded())
        let rest = training[label] - own
        var others = 0
        return (0..<places).map { place in
            if place == label { return own }
            defer { others += 1 }
            // Spread evenly, the first places getting what does not divide.
            return rest * (others + 1) / (places - 1) - rest * others / (places - 1)
        }
    }
}
