import Torch

/// Fashion-MNIST in two colours: where class and colour go together, and where they do not. Red images have their
/// values in the first of two channels, blue ones in the second.
///
/// Honesty rule: the encoder's training images ("web") are none of the classifier's, and nothing but captions goes with
/// them; test images are of the test file.
struct ColouredFashion {
    static let colours = ["red", "blue"]
    /// How captions call a colour.
    static let colourWords = [["red", "crimson", "scarlet"], ["blue", "navy", "azure"]]
    /// How captions call a class; the first is its name.
    static let classWords = [
        ["t-shirt", "tee", "top"], ["trouser", "pants", "slacks"], ["pullover", "sweater", "jumper"],
        ["dress", "gown", "frock"], ["coat", "jacket", "overcoat"], ["sandal", "flip-flop", "slipper"],
        ["shirt", "blouse", "button-down"], ["sneaker", "trainer", "running-shoe"], ["bag", "handbag", "purse"],
        ["boot", "ankle-boot", "bootie"],
    ]
    static let webCount = 8_000
    static let taskCount = 3_000
    static let validationCount = 500
    static let testCount = 3_000
    private static let stream: UInt64 = 0x636F_6C6F_7572

    /// An image with a colour.
    struct Item {
        let image: Int
        let colour: Int
    }

    let images: ImageSet
    let testImages: ImageSet
    /// Both colours of each image.
    let web: [Item]
    /// Each image in the colour that goes with its class: even classes red, odd ones blue.
    let task: [Item]
    let validation: [Item]
    /// Of `testImages`.
    let test: [Item]

    init(folder: String, seed: UInt64) throws(WorkloadError) {
        let (images, testImages) = (
            try FashionMNIST.read(folder: folder, prefix: "train"), try FashionMNIST.test(folder: folder)
        )
        let needed = Self.webCount + Self.taskCount + Self.validationCount
        guard images.count >= needed, testImages.count >= Self.testCount else {
            throw WorkloadError(
                .badData,
                "\(folder): expected at least \(needed) training and \(Self.testCount) test images, found "
                    + "\(images.count) and \(testImages.count)")
        }
        let order = CounterPermutation(
            count: images.count, generator: CounterGenerator(seed: seed, stream: Self.stream))
        let testOrder = CounterPermutation(
            count: testImages.count, generator: CounterGenerator(seed: seed, stream: Self.stream + 1))
        func own(_ range: Range<Int>) -> [Item] {
            range.map { Item(image: order[$0], colour: Int(images.labels[order[$0]]) % 2) }
        }
        web = (0..<Self.webCount).flatMap { place in [0, 1].map { Item(image: order[place], colour: $0) } }
        task = own(Self.webCount..<Self.webCount + Self.taskCount)
        validation = own(Self.webCount + Self.taskCount..<needed)
        test = (0..<Self.testCount).flatMap { place in [0, 1].map { Item(image: testOrder[place], colour: $0) } }
        self.images = images
        self.testImages = testImages
    }

    /// `[N, 2, 28, 28]`, values about 0 with deviation about 1.
    static func batch(_ items: [Item], of images: ImageSet) throws(TorchError) -> Tensor {
        let plane = images.imageSize
        let tensor = try Tensor.full([items.count, 2, images.height, images.width], -0.5)
        try tensor.withBytes { (bytes) throws(TorchError) in
            let values = bytes.bindMemory(to: Float.self)
            for (slot, item) in items.enumerated() {
                let start = (2 * slot + item.colour) * plane
                for place in 0..<plane {
                    values[start + place] = (Float(images.pixels[item.image * plane + place]) / 255 - 0.15) / 0.3
                }
            }
        }
        return tensor
    }

    /// "a image of a crimson tee", the words drawn by `pick`.
    static func caption(label: Int, colour: Int, pick: (Int) -> Int) -> [String] {
        let (tint, noun) = (colourWords[colour], classWords[label])
        return ["a", "image", "of", "a", tint[pick(tint.count)], noun[pick(noun.count)]]
    }

    static let vocabulary: [String] = {
        ["a", "image", "of"] + colourWords.flatMap { $0 } + classWords.flatMap { $0 }
    }()
}
