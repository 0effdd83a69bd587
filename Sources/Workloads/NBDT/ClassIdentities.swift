/// The WordNet ids of a data set's classes.
enum ClassIdentities {
    /// Our own choice: Shirt is a dress shirt, because WordNet has T-shirts below shirt; ankle boot is boot, bag is
    /// handbag.
    static let fashionMNIST = [
        "n03595614", "n04489008", "n04021028", "n03236735", "n03057021", "n04133789", "n03238879", "n03472535",
        "n02774152", "n02872752",
    ]
    /// Airplane, automobile, bird, cat, deer, dog, frog, horse, ship, truck.
    static let cifar10 = [
        "n02691156", "n02958343", "n01503061", "n02121620", "n02430045", "n02084071", "n01639765", "n02374451",
        "n04194289", "n04490091",
    ]

    /// From a file with one id per line, in the order of the classes; else those that are known for the data set; else
    /// the class names, where all are ids. Nil where none of it helps.
    static func find(file: String?, dataset: ImageSource.Kind, classNames: [String]) throws(WorkloadError) -> [String]?
    {
        if let file {
            let ids = try TextLines.read(file)
            guard ids.count == classNames.count else {
                throw WorkloadError(
                    .badData, "\(file): expected \(classNames.count) ids, one per class, found \(ids.count)")
            }
            return ids
        }
        switch dataset {
        case .fashionMNIST where classNames == FashionMNIST.classNames: return fashionMNIST
        case .cifar10 where classNames.count == cifar10.count: return cifar10
        default: return classNames.allSatisfy { WordNet.offset($0) != nil } ? classNames : nil
        }
    }

    /// `f00000000`, `f00000001`, ...: what the NBDT code calls classes without an id.
    static func numbered(_ count: Int) -> [String] {
        (0..<count).map { number in
            let digits = String(number)
            return "f" + String(repeating: "0", count: 8 - digits.count) + digits
        }
    }
}
