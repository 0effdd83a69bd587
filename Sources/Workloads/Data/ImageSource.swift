/// Where labelled images come from.
public enum ImageSource: Equatable, Sendable {
    case fashionMNIST(folder: String)
    case cifar10(folder: String)
    case cifar100(folder: String)
    /// A folder per class. `size`: every image is resized to this square; nil where all have one size.
    case imageFolder(ImageFolder)
    /// `train_images.npy`, `train_labels.npy` and so on.
    case arrays(folder: String)

    /// The word for each in a workload's parameter `dataset`.
    public enum Kind: String, CaseIterable, Sendable {
        case fashionMNIST = "fashion_mnist"
        case cifar10, cifar100
        case imageFolder = "image_folder"
        case arrays = "npy"
    }

    /// - Parameter folder: nil for the place that a Debian package installs to, where there is one.
    public init(_ kind: Kind, folder: String?, imageSize: Int? = nil) throws(WorkloadError) {
        guard let folder = folder ?? (kind == .fashionMNIST ? FashionMNIST.defaultFolder : nil) else {
            throw WorkloadError(.badParameters, "data_dir: expected a folder, as dataset is \(kind.rawValue)")
        }
        self =
            switch kind {
            case .fashionMNIST: .fashionMNIST(folder: folder)
            case .cifar10: .cifar10(folder: folder)
            case .cifar100: .cifar100(folder: folder)
            case .imageFolder: .imageFolder(ImageFolder(root: folder, size: imageSize))
            case .arrays: .arrays(folder: folder)
            }
    }

    /// The same kind of files in another folder; nil leaves it.
    func moved(to folder: String?) throws(WorkloadError) -> ImageSource {
        guard let folder else { return self }
        return switch self {
        case .fashionMNIST: .fashionMNIST(folder: folder)
        case .cifar10: .cifar10(folder: folder)
        case .cifar100: .cifar100(folder: folder)
        case .imageFolder(let source): .imageFolder(ImageFolder(root: folder, size: source.size))
        case .arrays: .arrays(folder: folder)
        }
    }

    public func splits() throws(WorkloadError) -> ImageSplits {
        switch self {
        case .fashionMNIST(let folder): try FashionMNIST.splits(folder: folder)
        case .cifar10(let folder): try CIFARFiles(.ten, folder: folder).splits()
        case .cifar100(let folder): try CIFARFiles(.hundred, folder: folder).splits()
        case .imageFolder(let source): try source.splits()
        case .arrays(let folder): try ImageArrays(folder: folder).splits()
        }
    }

    public func test() throws(WorkloadError) -> ImageSet {
        switch self {
        case .fashionMNIST(let folder): try FashionMNIST.test(folder: folder)
        case .cifar10(let folder): try CIFARFiles(.ten, folder: folder).test()
        case .cifar100(let folder): try CIFARFiles(.hundred, folder: folder).test()
        case .imageFolder(let source): try source.test()
        case .arrays(let folder): try ImageArrays(folder: folder).test()
        }
    }
}
