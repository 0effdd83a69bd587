import Foundation

/// Pictures of what a background may be, by place.
struct TexturePool {
    /// `[place][picture]`, three channels.
    let pictures: [[Picture]]
    let placeNames: [String]

    /// - Parameter minimum: pixels on the shorter side that a picture must have.
    init(folder: String, places: Int, minimum: Int) throws(WorkloadError) {
        let entries = try FolderListing.names(folder)
        guard entries.count == places else {
            throw WorkloadError(
                .badData,
                "\(folder): expected \(places) pictures or folders of pictures, one per class, found \(entries.count): "
                    + entries.prefix(6).joined(separator: ", "))
        }
        var found: [[Picture]] = []
        for entry in entries {
            let path = folder + "/" + entry
            let isFolder = FolderListing.isFolder(path)
            let files = isFolder ? try FolderListing.names(path).map { path + "/" + $0 } : [path]
            var pictures: [Picture] = []
            for file in files {
                let picture = try Picture.read(file).converted(channels: 3)
                guard min(picture.width, picture.height) >= minimum else {
                    throw WorkloadError(
                        .badData,
                        "\(file): expected at least \(minimum) pixels on each side, found "
                            + "\(picture.width)x\(picture.height)")
                }
                pictures.append(picture)
            }
            guard !pictures.isEmpty else { throw WorkloadError(.badData, "\(path): expected pictures, found none") }
            found.append(pictures)
        }
        pictures = found
        placeNames = entries.map { ($0 as NSString).deletingPathExtension }
    }
}
