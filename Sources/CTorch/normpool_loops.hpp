// The loops of normpool.cpp, without libtorch. Included once per instruction set, each time inside another namespace:
// the plain x86-64 set has four lanes of floats and no cheap way to pick every second one.
//
// The sums have a fixed number of lanes and nothing is contracted, so that both sets give the same bits.
#pragma STDC FP_CONTRACT OFF

constexpr int kLanes = 16;  // independent partial sums: lets the compiler use vector registers, in a fixed order

struct Moments {
    double mean = 0, squares = 0, count = 0;

    /// Chan, Golub, LeVeque (1979): joins the moments of two disjoint samples without cancellation.
    void join(double other_mean, double other_squares, double other_count) {
        const double total = count + other_count, delta = other_mean - mean;
        mean += delta * other_count / total;
        squares += other_squares + delta * delta * count * other_count / total;
        count = total;
    }
};

template <typename T, typename Term>
inline double lane_sum(int64_t count, Term term) {
    T lanes[kLanes] = {};
    int64_t i = 0;
    for (; i + kLanes <= count; i += kLanes)
        for (int l = 0; l < kLanes; l++) lanes[l] += term(i + l);
    double sum = 0;
    for (int l = 0; l < kLanes; l++) sum += lanes[l];
    for (; i < count; i++) sum += term(i);
    return sum;
}

template <typename T>
Moments moments(const T *x, const Sizes &sizes, int64_t channel) {
    Moments all;
    const int64_t count = sizes.plane();
    for (int64_t n = 0; n < sizes.images; n++) {
        const T *plane = x + sizes.at(n, channel);
        const T mean = lane_sum<T>(count, [=](int64_t i) { return plane[i]; }) / count;
        const double squares = lane_sum<T>(count, [=](int64_t i) { return (plane[i] - mean) * (plane[i] - mean); });
        all.join(mean, squares, count);
    }
    return all;
}

template <typename T>
inline T larger(T a, T b) { return b > a ? b : a; }

/// y = relu(scale * x + shift) over one image of one channel, pooled where asked. A NaN stays a NaN.
template <typename T>
void forward_plane(const T *__restrict x, T *__restrict y, const Sizes &sizes, T scale, T shift) {
    const int64_t height = sizes.height, width = sizes.width;
    if (!sizes.pool) {
        for (int64_t i = 0; i < height * width; i++) {
            const T value = scale * x[i] + shift;
            y[i] = value <= 0 ? T(0) : value;
        }
        return;
    }
    for (int64_t row = 0; row < height / 2; row++) {
        const T *upper = x + 2 * row * width, *lower = upper + width;
        for (int64_t column = 0; column < width / 2; column++, y++) {
            const T v0 = scale * upper[2 * column] + shift, v1 = scale * upper[2 * column + 1] + shift;
            const T v2 = scale * lower[2 * column] + shift, v3 = scale * lower[2 * column + 1] + shift;
            const T top = larger(larger(larger(v0, v1), v2), v3);
            *y = top <= 0 ? T(0) : top;
        }
    }
}

/// Visits the 2x2 windows of a plane: body(number of the window, index of its upper left value).
template <typename Body>
inline void each_window(const Sizes &sizes, Body body) {
    int64_t window = 0;
    for (int64_t row = 0; row + 1 < sizes.height; row += 2)
        for (int64_t column = 0; column + 1 < sizes.width; column += 2)
            body(window++, row * sizes.width + column);
}

/// Gives each window's gradient to the first of its largest values, and to none where the largest is not positive.
/// `corners` holds the windows' four values, one array per corner, and is overwritten by their gradients.
template <typename T>
void route_windows(T *__restrict corners, const T *__restrict g, int64_t windows, T scale, T shift) {
    T *c0 = corners, *c1 = c0 + windows, *c2 = c1 + windows, *c3 = c2 + windows;
    #pragma clang loop vectorize(enable)
    for (int64_t i = 0; i < windows; i++) {
        const T v0 = scale * c0[i] + shift, v1 = scale * c1[i] + shift;
        const T v2 = scale * c2[i] + shift, v3 = scale * c3[i] + shift;
        const T top = larger(larger(larger(v0, v1), v2), v3);
        T rest = top > 0 ? g[i] : T(0);  // what no earlier corner has taken
        c0[i] = v0 == top ? rest : T(0);
        rest = v0 == top ? T(0) : rest;
        c1[i] = v1 == top ? rest : T(0);
        rest = v1 == top ? T(0) : rest;
        c2[i] = v2 == top ? rest : T(0);
        c3[i] = v2 == top ? T(0) : rest;
    }
}

/// The gradient with respect to scale * x + shift, written to `d` (all of it, zeros where nothing flows).
/// `scratch` has room for one plane.
template <typename T>
void route_plane(const T *__restrict x, const T *__restrict g, T *__restrict d, T *__restrict scratch,
                 const Sizes &sizes, T scale, T shift) {
    const int64_t windows = sizes.output(), width = sizes.width;
    if (!sizes.pool) {
        for (int64_t i = 0; i < windows; i++) d[i] = scale * x[i] + shift > 0 ? g[i] : T(0);
        return;
    }
    if (sizes.height % 2 != 0 || width % 2 != 0) std::fill(d, d + sizes.plane(), T(0));
    // Rows of small images are shorter than a vector register; arrays over all windows of the plane are not.
    each_window(sizes, [=](int64_t window, int64_t corner) {
        scratch[window] = x[corner];
        scratch[window + windows] = x[corner + 1];
        scratch[window + 2 * windows] = x[corner + width];
        scratch[window + 3 * windows] = x[corner + width + 1];
    });
    route_windows(scratch, g, windows, scale, shift);
    each_window(sizes, [=](int64_t window, int64_t corner) {
        d[corner] = scratch[window];
        d[corner + 1] = scratch[window + windows];
        d[corner + width] = scratch[window + 2 * windows];
        d[corner + width + 1] = scratch[window + 3 * windows];
    });
}

template <typename T>
struct Channel {
    T mean, inverse, scale, shift;

    Channel(double mean, double inverse, T weight, T bias)
        : mean(mean), inverse(inverse), scale(weight * inverse), shift(bias - mean * weight * inverse) {}
};

/// What the forward pass of one channel reads and writes.
template <typename T>
struct ForwardChannel {
    const T *x;
    T *y;
    T weight, bias;
    double momentum, epsilon;
    T *running_mean, *running_variance;
    double *saved_mean, *saved_inverse;
};

template <typename T>
void forward_channel(const ForwardChannel<T> &data, const Sizes &sizes, int64_t c) {
    const Moments all = moments(data.x, sizes, c);
    const double inverse = 1 / std::sqrt(all.squares / all.count + data.epsilon);
    *data.saved_mean = all.mean;
    *data.saved_inverse = inverse;
    const double keep = 1 - data.momentum, take = data.momentum;
    *data.running_mean = keep * *data.running_mean + take * all.mean;
    *data.running_variance = keep * *data.running_variance + take * all.squares / std::max(all.count - 1, 1.0);
    const Channel<T> channel(all.mean, inverse, data.weight, data.bias);
    for (int64_t n = 0; n < sizes.images; n++)
        forward_plane(data.x + sizes.at(n, c), data.y + sizes.out(n, c), sizes, channel.scale, channel.shift);
}

/// Ioffe, Szegedy, "Batch Normalization" (arXiv:1502.03167), section 3: the gradients, per channel.
template <typename T>
void backward_channel(const T *x, const T *g, T *d, const Sizes &sizes, int64_t c, const Channel<T> &channel,
                      T *d_weight, T *d_bias) {
    const int64_t count = sizes.plane();
    std::vector<T> scratch(count);
    double sum = 0, dot = 0;
    for (int64_t n = 0; n < sizes.images; n++) {
        const T *plane = x + sizes.at(n, c);
        T *routed = d + sizes.at(n, c);
        route_plane(plane, g + sizes.out(n, c), routed, scratch.data(), sizes, channel.scale, channel.shift);
        sum += lane_sum<T>(count, [=](int64_t i) { return routed[i]; });
        const T mean = channel.mean;
        dot += lane_sum<T>(count, [=](int64_t i) { return routed[i] * (plane[i] - mean); });
    }
    dot *= channel.inverse;
    *d_weight = dot;
    *d_bias = sum;
    const double samples = double(sizes.images) * count;
    const T scale = channel.scale, slope = -channel.scale * channel.inverse * (dot / samples);
    const T offset = -channel.scale * (sum / samples) - slope * channel.mean;
    for (int64_t n = 0; n < sizes.images; n++) {
        const T *__restrict plane = x + sizes.at(n, c);
        T *__restrict routed = d + sizes.at(n, c);
        for (int64_t i = 0; i < count; i++) routed[i] = scale * routed[i] + slope * plane[i] + offset;
    }
}
