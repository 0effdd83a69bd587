import Torch

/// Images with groups and perhaps maps.
struct GALSPart {
    let images: ImageSet
    /// Of each image: label and what it may be confused with.
    let groups: [Int]
    let maps: StoredMaps?

    var labels: [Int] { images.labels.map { Int($0) } }

    /// How many images each group has.
    func counts(groups count: Int) -> [Int] {
        groups.reduce(into: [Int](repeating: 0, count: count)) { $0[$1] += 1 }
    }

    /// How many images each class has.
    var classCounts: [Int] {
        labels.reduce(into: [Int](repeating: 0, count: images.classes)) { $0[$1] += 1 }
    }
}

/// What a run trains on and measures with.
struct GALSData {
    let training: GALSPart
    let validation: GALSPart
    let groupNames: [String]
    let statistics: PixelStatistics
}

/// Where images, their index and their maps lie.
struct GALSSource: Equatable, Sendable {
    let folder: String
    let index: String
    let columns: ImageIndex.Columns
    /// Every image is resized to this square, without keeping its aspect; nil where all have one size.
    let imageSize: Int?
    /// Nil: no maps. Relative to `folder` where it does not start with a slash.
    let attention: String?
    let missing: AttentionFiles.Missing

    /// The same files elsewhere; nil leaves the place.
    func moved(to folder: String?, attention: String?) -> GALSSource {
        GALSSource(
            folder: folder ?? self.folder, index: index, columns: columns, imageSize: imageSize,
            attention: attention ?? self.attention, missing: missing)
    }

    private var attentionFiles: AttentionFiles? {
        attention.map {
            AttentionFiles(
                path: $0.hasPrefix("/") || $0 == AttentionFiles.zeros ? $0 : folder + "/" + $0, missing: missing)
        }
    }

    func readIndex() throws(WorkloadError) -> ImageIndex {
        try ImageIndex(path: index.hasPrefix("/") ? index : folder + "/" + index, columns: columns)
    }

    /// - Parameter mapsRequired: maps of the training images must all be there (unless `missing` says otherwise).
    func read(mapsRequired: Bool) throws(WorkloadError) -> GALSData {
        let index = try readIndex()
        let training = try part(index, .training, mapsRequired: mapsRequired)
        let validation = try part(index, .validation, mapsRequired: false)
        if let difference = validation.images.difference(from: training.images) {
            throw WorkloadError(.badData, "\(index.path): validation images: \(difference)")
        }
        return GALSData(
            training: training, validation: validation, groupNames: index.groupNames,
            statistics: PixelStatistics(of: training.images))
    }

    func part(
        _ index: ImageIndex, _ split: ImageIndex.Split, mapsRequired: Bool
    ) throws(WorkloadError) -> GALSPart {
        let rows = index.rows.indices.filter { index.rows[$0].split == split }
        guard !rows.isEmpty else {
            throw WorkloadError(
                .badData, "\(index.path): expected images of split \(split.rawValue) (\(split)), found none")
        }
        let images = try images(index, rows)
        let maps = try attentionFiles?.read(
            index, rows: rows, height: images.height, width: images.width, required: mapsRequired)
        return GALSPart(images: images, groups: rows.map { index.group(index.rows[$0]) }, maps: maps)
    }

    private func images(_ index: ImageIndex, _ rows: [Int]) throws(WorkloadError) -> ImageSet {
        var pixels: [UInt8] = []
        var size: (width: Int, height: Int, path: String)?
        for row in rows {
            let name = index.rows[row].file
            let path = name.hasPrefix("/") ? name : folder + "/" + name
            let picture = try picture(path)
            if let size, size.width != picture.width || size.height != picture.height {
                throw WorkloadError(
                    .badData,
                    "\(path): expected \(size.width)x\(size.height) as \(size.path), found "
                        + "\(picture.width)x\(picture.height); image_size resizes all images")
            }
            if size == nil {
                size = (picture.width, picture.height, path)
                pixels.reserveCapacity(rows.count * 3 * picture.width * picture.height)
            }
            for channel in 0..<3 {
                pixels += stride(from: channel, to: picture.pixels.count, by: 3).lazy.map { picture.pixels[$0] }
            }
        }
        return ImageSet(
            channels: 3, height: size?.height ?? 0, width: size?.width ?? 0, classNames: index.classNames,
            pixels: pixels, labels: rows.map { Int32(index.rows[$0].label) })
    }

    private func picture(_ path: String) throws(WorkloadError) -> Picture {
        let picture = try Picture.read(path).converted(channels: 3)
        guard let imageSize else { return picture }
        return try WorkloadError.lifting { () throws(TorchError) in
            try picture.resized(width: imageSize, height: imageSize)
        }
    }
}
