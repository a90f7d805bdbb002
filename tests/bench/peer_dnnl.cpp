// peer_dnnl.cpp - oneDNN peer: one GRU layer alone, without embedding, attention and optimiser. Its cell is libattn's and
// PyTorch's, with the reset after the product, which oneDNN calls linear before reset.
//
//     g++ -O2 peer_dnnl.cpp -ldnnl; OMP_NUM_THREADS=2 ./a.out WHAT [OPTION VALUE]...       (Debian: libdnnl-dev, 2.x or 3.x)
//
//     train   forward and backward over a batch, with the gradient of the input
//     augru   likewise, of the GRU whose update gate is scaled by an attention from outside, one number a step (libattn's
//             attention GRU in its form "code"), with the gradient of the attention
//     one     forward over one row
//
//     --emb 200   --hidden 200   --batch 256   --time 300   --rounds 0
//
// It prints one line of JSON. The arithmetic is that of all tokens: oneDNN takes vectors, not ids.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <dnnl.hpp>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

using dnnl::memory;
using desc = dnnl::memory::desc;
using tag = dnnl::memory::format_tag;
using arguments = std::unordered_map<int, memory>;

static const auto f32 = memory::data_type::f32;

struct bench {
    long emb, hidden, batch, time;
    dnnl::engine engine{dnnl::engine::kind::cpu, 0};
    dnnl::stream stream{engine};

    desc x() const
    {
        return desc({time, batch, emb}, f32, tag::tnc);
    }
    desc y() const
    {
        return desc({time, batch, hidden}, f32, tag::tnc);
    }
    desc state() const
    {
        return desc({1, 1, batch, hidden}, f32, tag::ldnc);
    }
    desc attention() const
    {
        return desc({time, batch, 1}, f32, tag::tnc);
    }
    desc bias() const
    {
        return desc({1, 1, 4, hidden}, f32, tag::ldgo);
    }
    // W of the input and U of the state; `any` lets oneDNN choose the layout that suits it.
    desc weights(long from, tag layout) const
    {
        return desc({1, 1, from, 3, hidden}, f32, layout);
    }

    memory fill(const desc &shape) const
    {
        memory filled(shape, engine);
        float *values = static_cast<float *>(filled.get_data_handle());
        for (size_t i = 0; i < shape.get_size() / sizeof(float); i++)
            values[i] = 0.1f * (static_cast<float>(std::rand()) / static_cast<float>(RAND_MAX) - 0.5f);
        return filled;
    }
    memory fill_weights(long from, const desc &chosen)
    {
        memory plain = fill(weights(from, tag::ldigo)), laid_out(chosen, engine);
        dnnl::reorder(plain, laid_out).execute(stream, plain, laid_out);
        stream.wait();
        return laid_out;
    }
};

static double now()
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// The seconds of each of `rounds` runs, after one that warms up. `attention`: one shape for AUGRU, none for the plain GRU.
template <typename Forward, typename Backward, typename... Attention>
static std::vector<double> measure(bench &bench, bool train, long rounds, const Attention &...attention)
{
    const auto direction = dnnl::rnn_direction::unidirectional_left2right;
    const auto kind = train ? dnnl::prop_kind::forward_training : dnnl::prop_kind::forward_inference;
    desc x = bench.x(), y = bench.y(), state = bench.state(), bias = bench.bias();
    desc w = bench.weights(bench.emb, tag::any), u = bench.weights(bench.hidden, tag::any);
#if DNNL_VERSION_MAJOR >= 3
    typename Forward::primitive_desc forward_desc(bench.engine, kind, direction, x, state, attention..., w, u,
                                                  bias, y, state);
#else
    typename Forward::primitive_desc forward_desc(
        {kind, direction, x, state, attention..., w, u, bias, y, state}, bench.engine);
#endif
    Forward forward(forward_desc);
    arguments shared = {{DNNL_ARG_SRC_LAYER, bench.fill(x)},
                        {DNNL_ARG_SRC_ITER, bench.fill(state)},
                        {DNNL_ARG_BIAS, bench.fill(bias)},
                        {DNNL_ARG_DST_LAYER, bench.fill(y)},
                        {DNNL_ARG_DST_ITER, bench.fill(state)}};
    ((shared[DNNL_ARG_AUGRU_ATTENTION] = bench.fill(attention)), ...);
    arguments ahead = shared, back;
    ahead[DNNL_ARG_WEIGHTS_LAYER] = bench.fill_weights(bench.emb, forward_desc.weights_layer_desc());
    ahead[DNNL_ARG_WEIGHTS_ITER] = bench.fill_weights(bench.hidden, forward_desc.weights_iter_desc());

    Backward backward;
    if (train) {
#if DNNL_VERSION_MAJOR >= 3
        typename Backward::primitive_desc backward_desc(
            bench.engine, dnnl::prop_kind::backward, direction, x, state, attention..., w, u, bias, y, state, x,
            state, attention..., w, u, bias, y, state, forward_desc);
#else
        typename Backward::primitive_desc backward_desc({dnnl::prop_kind::backward, direction, x, state,
                                                         attention..., w, u, bias, y, state, x, state,
                                                         attention..., w, u, bias, y, state},
                                                        bench.engine, forward_desc);
#endif
        backward = Backward(backward_desc);
        shared[DNNL_ARG_WORKSPACE] = bench.fill(forward_desc.workspace_desc());
        ahead[DNNL_ARG_WORKSPACE] = shared[DNNL_ARG_WORKSPACE];
        back = shared;
        back[DNNL_ARG_WEIGHTS_LAYER] = bench.fill_weights(bench.emb, backward_desc.weights_layer_desc());
        back[DNNL_ARG_WEIGHTS_ITER] = bench.fill_weights(bench.hidden, backward_desc.weights_iter_desc());
        back[DNNL_ARG_DIFF_SRC_LAYER] = bench.fill(x);
        back[DNNL_ARG_DIFF_SRC_ITER] = bench.fill(state);
        ((back[DNNL_ARG_DIFF_AUGRU_ATTENTION] = bench.fill(attention)), ...);
        back[DNNL_ARG_DIFF_WEIGHTS_LAYER] = bench.fill(backward_desc.diff_weights_layer_desc());
        back[DNNL_ARG_DIFF_WEIGHTS_ITER] = bench.fill(backward_desc.diff_weights_iter_desc());
        back[DNNL_ARG_DIFF_BIAS] = bench.fill(bias);
        back[DNNL_ARG_DIFF_DST_LAYER] = bench.fill(y);
        back[DNNL_ARG_DIFF_DST_ITER] = bench.fill(state);
    }

    std::vector<double> times;
    for (long round = -1; round < rounds; round++) {
        double start = now();
        forward.execute(bench.stream, ahead);
        if (train)
            backward.execute(bench.stream, back);
        bench.stream.wait();
        if (round >= 0)
            times.push_back(now() - start);
    }
    return times;
}

int main(int argc, char **argv)
{
    std::string what = argc > 1 ? argv[1] : "";
    std::map<std::string, long> options = {
        {"--emb", 200}, {"--hidden", 200}, {"--batch", 256}, {"--time", 300}, {"--rounds", 0}};
    bool good = argc % 2 == 0 && (what == "train" || what == "augru" || what == "one");
    for (int i = 2; good && i < argc; i += 2) {
        good = options.count(argv[i]) != 0;
        options[argv[i]] = std::atol(argv[i + 1]);
    }
    if (!good) {
        std::fprintf(stderr, "usage: peer_dnnl train|augru|one [OPTION VALUE]...\n");
        return 1;
    }
    bool train = what != "one";
    bench bench = {options["--emb"], options["--hidden"], train ? options["--batch"] : 1, options["--time"]};
    long rounds = options["--rounds"] ? options["--rounds"] : train ? 3 : 31;
    std::vector<double> times =
        what == "augru" ? measure<dnnl::lbr_augru_forward, dnnl::lbr_augru_backward>(bench, train, rounds,
                                                                                     bench.attention())
                        : measure<dnnl::lbr_gru_forward, dnnl::lbr_gru_backward>(bench, train, rounds);
    std::vector<double> sorted = times;
    std::sort(sorted.begin(), sorted.end());
    double median = 0.5 * (sorted[(sorted.size() - 1) / 2] + sorted[sorted.size() / 2]);

    const dnnl_version_t *version = dnnl_version();
    const char *threads = std::getenv("OMP_NUM_THREADS");
    std::printf("{\"what\": \"%s\", \"peer\": \"oneDNN %d.%d.%d\", \"threads\": %s, \"emb\": %ld, "
                "\"hidden\": %ld, \"batch\": %ld, \"time\": %ld, \"median_s\": %.9f, \"items_per_s\": %.1f, "
                "\"times\": [",
                what.c_str(), version->major, version->minor, version->patch, threads ? threads : "0",
                bench.emb, bench.hidden, bench.batch, bench.time, median,
                static_cast<double>(bench.batch) / median);
    for (size_t i = 0; i < times.size(); i++)
        std::printf("%s%.9f", i ? ", " : "", times[i]);
    std::printf("]}\n");
    return 0;
}
