// consumer.cpp - the same from C++: handles in smart pointers, every options macro, an error's line.
#include <attn/attn.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <vector>

static void check(attn_status status)
{
    if (status != ATTN_OK)
        throw std::runtime_error(attn_last_error());
}

template <class Handle, void (*destroy)(Handle **)> struct Destroy {
    void operator()(Handle *handle) const
    {
        destroy(&handle);
    }
};
template <class Handle, void (*destroy)(Handle **)>
using Owner = std::unique_ptr<Handle, Destroy<Handle, destroy>>;

int main()
{
    attn_context_options context_options = ATTN_CONTEXT_OPTIONS_INIT;
    attn_embedding_options embedding_options = ATTN_EMBEDDING_OPTIONS_INIT;
    attn_gru_options gru_options = ATTN_GRU_OPTIONS_INIT;
    attn_attention_options attention_options = ATTN_ATTENTION_OPTIONS_INIT;
    attn_dense_options dense_options = ATTN_DENSE_OPTIONS_INIT;
    attn_adam_options adam_options = ATTN_ADAM_OPTIONS_INIT;
    attn_tape_options tape_options = ATTN_TAPE_OPTIONS_INIT;
    attn_vectors_report report = ATTN_VECTORS_REPORT_INIT;
    attn_tensor tensor = ATTN_TENSOR_INIT;
    static_cast<void>(embedding_options);
    static_cast<void>(gru_options);
    static_cast<void>(dense_options);
    static_cast<void>(adam_options);
    static_cast<void>(tape_options);
    static_cast<void>(report);

    attn_context *context_handle = nullptr;
    context_options.threads = 2;
    check(attn_context_create(&context_options, &context_handle));
    Owner<attn_context, attn_context_destroy> context(context_handle);
    attn_params *params_handle = nullptr;
    check(attn_params_create(context.get(), NULL, &params_handle));
    Owner<attn_params, attn_params_destroy> params(params_handle);
    attn_attention *attention_handle = nullptr;
    attention_options.attention_dim = 4;
    check(attn_attention_create(params.get(), "attention", 2, &attention_options, &attention_handle));
    Owner<attn_attention, attn_attention_destroy> attention(attention_handle);
    check(attn_params_find(params.get(), "attention.weight", &tensor));

    std::vector<float> memory = {1, 0, 0, 1, 1, 1}, weights(3), attended(2);
    check(attn_attention_forward(attention.get(), nullptr, 1, 3, memory.data(), nullptr, weights.data(),
                                 attended.data()));
    if (tensor.shape[0] != 4 ||
        attn_attention_create(nullptr, "a", 2, nullptr, &attention_handle) != ATTN_ERR_ARGUMENT ||
        std::strstr(attn_last_error(), "params is NULL") == nullptr)
        return 1;

    // the handles of a classifier can all be shared; here there are none
    const attn_classifier_info parts = ATTN_CLASSIFIER_INFO_INIT;
    if (attn_embedding_share(parts.embedding) || attn_gru_share(parts.encoder) ||
        attn_attention_share(parts.attention) || attn_attngru_share(parts.reader) ||
        attn_dense_share(parts.decision) || attn_ngrams_share(parts.ngrams) || attn_vocab_share(parts.vocab))
        return 1;
    std::printf("attn %s: weights %.3f %.3f %.3f\n", attn_version(), static_cast<double>(weights[0]),
                static_cast<double>(weights[1]), static_cast<double>(weights[2]));
    return 0;
}
