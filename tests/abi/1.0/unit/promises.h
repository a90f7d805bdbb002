/* written by tests/abi/promises.py */
static attn_status call_attn_adam_create(const value *v)
{
    return attn_adam_create(v[0].pointer, v[1].pointer, v[2].pointer);
}
static attn_status call_attn_adam_step(const value *v)
{
    return attn_adam_step(v[0].pointer, v[1].pointer);
}
static attn_status call_attn_adam_swap_average(const value *v)
{
    return attn_adam_swap_average(v[0].pointer);
}
static attn_status call_attn_adam_set_lr(const value *v)
{
    return attn_adam_set_lr(v[0].pointer, (float)v[1].number);
}
static attn_status call_attn_attention_create(const value *v)
{
    return attn_attention_create(v[0].pointer, v[1].pointer, (int64_t)v[2].number, v[3].pointer, v[4].pointer);
}
static attn_status call_attn_attention_forward(const value *v)
{
    return attn_attention_forward(v[0].pointer, v[1].pointer, (int64_t)v[2].number, (int64_t)v[3].number, v[4].pointer, v[5].pointer, v[6].pointer, v[7].pointer);
}
static attn_status call_attn_attention_forward_queries(const value *v)
{
    return attn_attention_forward_queries(v[0].pointer, v[1].pointer, (int64_t)v[2].number, (int64_t)v[3].number, (int64_t)v[4].number, v[5].pointer, v[6].pointer, v[7].pointer, v[8].pointer, v[9].pointer, v[10].pointer);
}
static attn_status call_attn_attention_backward(const value *v)
{
    return attn_attention_backward(v[0].pointer, v[1].pointer, (int64_t)v[2].number, (int64_t)v[3].number, (int64_t)v[4].number, v[5].pointer, v[6].pointer, v[7].pointer, v[8].pointer);
}
static attn_status call_attn_attention_keys_forward(const value *v)
{
    return attn_attention_keys_forward(v[0].pointer, v[1].pointer, (int64_t)v[2].number, (int64_t)v[3].number, (int64_t)v[4].number, v[5].pointer, v[6].pointer, v[7].pointer);
}
static attn_status call_attn_attention_keys_backward(const value *v)
{
    return attn_attention_keys_backward(v[0].pointer, v[1].pointer, (int64_t)v[2].number, (int64_t)v[3].number, (int64_t)v[4].number, v[5].pointer, v[6].pointer);
}
static attn_status call_attn_attention_step_forward(const value *v)
{
    return attn_attention_step_forward(v[0].pointer, v[1].pointer, v[2].pointer, v[3].pointer, v[4].pointer);
}
static attn_status call_attn_attention_step_backward(const value *v)
{
    return attn_attention_step_backward(v[0].pointer, v[1].pointer, v[2].pointer);
}
static attn_status call_attn_attention_score(const value *v)
{
    return attn_attention_score(v[0].pointer, (int64_t)v[1].number, v[2].pointer, (int64_t)v[3].number, (int64_t)v[4].number, v[5].pointer, v[6].pointer);
}
static attn_status call_attn_attention_score_slopes(const value *v)
{
    return attn_attention_score_slopes(v[0].pointer, (int64_t)v[1].number, v[2].pointer, v[3].pointer);
}
static attn_status call_attn_attention_weigh(const value *v)
{
    return attn_attention_weigh(v[0].pointer, (int64_t)v[1].number, (int64_t)v[2].number, v[3].pointer, v[4].pointer, v[5].pointer);
}
static attn_status call_attn_attention_get_info(const value *v)
{
    return attn_attention_get_info(v[0].pointer, v[1].pointer);
}
static attn_status call_attn_attention_memory_create(const value *v)
{
    return attn_attention_memory_create(v[0].pointer, (int64_t)v[1].number, (int64_t)v[2].number, v[3].pointer, v[4].pointer, v[5].pointer, v[6].pointer);
}
static attn_status call_attn_attention_memory_attend(const value *v)
{
    return attn_attention_memory_attend(v[0].pointer, (int64_t)v[1].number, v[2].pointer, v[3].pointer, v[4].pointer, v[5].pointer);
}
static attn_status call_attn_attngru_create(const value *v)
{
    return attn_attngru_create(v[0].pointer, v[1].pointer, (int64_t)v[2].number, (int64_t)v[3].number, v[4].pointer, v[5].pointer);
}
static attn_status call_attn_attngru_get_info(const value *v)
{
    return attn_attngru_get_info(v[0].pointer, v[1].pointer);
}
static attn_status call_attn_attngru_forward(const value *v)
{
    return attn_attngru_forward(v[0].pointer, v[1].pointer, v[2].pointer, v[3].pointer, v[4].pointer, v[5].pointer);
}
static attn_status call_attn_attngru_backward(const value *v)
{
    return attn_attngru_backward(v[0].pointer, v[1].pointer, v[2].pointer, v[3].pointer, v[4].pointer, v[5].pointer);
}
static attn_status call_attn_classifier_create(const value *v)
{
    return attn_classifier_create(v[0].pointer, v[1].pointer);
}
static attn_status call_attn_classifier_open(const value *v)
{
    return attn_classifier_open(v[0].pointer, v[1].pointer, v[2].pointer);
}
static attn_status call_attn_file_classifier_create(const value *v)
{
    return attn_file_classifier_create(v[0].pointer, v[1].pointer, v[2].pointer);
}
static attn_status call_attn_classifier_save(const value *v)
{
    return attn_classifier_save(v[0].pointer, v[1].pointer, v[2].pointer);
}
static attn_status call_attn_classifier_write(const value *v)
{
    return attn_classifier_write(v[0].pointer, v[1].pointer, v[2].write, v[3].pointer);
}
static attn_status call_attn_classifier_get_info(const value *v)
{
    return attn_classifier_get_info(v[0].pointer, v[1].pointer);
}
static attn_status call_attn_classifier_pack(const value *v)
{
    return attn_classifier_pack(v[0].pointer, v[1].pointer);
}
static attn_status call_attn_classifier_set_scales(const value *v)
{
    return attn_classifier_set_scales(v[0].pointer, (int64_t)v[1].number, v[2].pointer);
}
static attn_status call_attn_classifier_forward(const value *v)
{
    return attn_classifier_forward(v[0].pointer, v[1].pointer, v[2].pointer, v[3].pointer, v[4].pointer, v[5].pointer);
}
static attn_status call_attn_classifier_channels(const value *v)
{
    return attn_classifier_channels(v[0].pointer, v[1].pointer, v[2].pointer);
}
static attn_status call_attn_classifier_backward(const value *v)
{
    return attn_classifier_backward(v[0].pointer, v[1].pointer, v[2].pointer, v[3].pointer, v[4].pointer, v[5].pointer);
}
static attn_status call_attn_classifier_attribute(const value *v)
{
    return attn_classifier_attribute(v[0].pointer, v[1].pointer, v[2].pointer, (int32_t)v[3].number, v[4].pointer, v[5].pointer);
}
static attn_status call_attn_classifier_read(const value *v)
{
    return attn_classifier_read(v[0].pointer, v[1].pointer, (size_t)v[2].number, (int32_t)v[3].number, v[4].pointer);
}
static attn_status call_attn_classifier_read_many(const value *v)
{
    return attn_classifier_read_many(v[0].pointer, (int64_t)v[1].number, v[2].pointer, v[3].pointer, (int32_t)v[4].number, v[5].pointer);
}
static attn_status call_attn_reading_draw(const value *v)
{
    return attn_reading_draw(v[0].pointer, v[1].pointer, v[2].write, v[3].pointer);
}
static attn_status call_attn_reading_get_info(const value *v)
{
    return attn_reading_get_info(v[0].pointer, v[1].pointer);
}
static attn_status call_attn_probe_create(const value *v)
{
    return attn_probe_create(v[0].pointer, v[1].pointer, v[2].pointer);
}
static attn_status call_attn_probe_model(const value *v)
{
    return attn_probe_model(v[0].pointer, (int32_t)v[1].number, v[2].pointer);
}
static attn_status call_attn_probe_gradient(const value *v)
{
    return attn_probe_gradient(v[0].pointer, v[1].pointer);
}
static attn_status call_attn_context_create(const value *v)
{
    return attn_context_create(v[0].pointer, v[1].pointer);
}
static attn_status call_attn_context_alloc(const value *v)
{
    return attn_context_alloc(v[0].pointer, (size_t)v[1].number, v[2].pointer);
}
static attn_status call_attn_dense_create(const value *v)
{
    return attn_dense_create(v[0].pointer, v[1].pointer, (int64_t)v[2].number, (int64_t)v[3].number, v[4].pointer, v[5].pointer);
}
static attn_status call_attn_dense_forward(const value *v)
{
    return attn_dense_forward(v[0].pointer, v[1].pointer, (int64_t)v[2].number, v[3].pointer, v[4].pointer);
}
static attn_status call_attn_dense_backward(const value *v)
{
    return attn_dense_backward(v[0].pointer, v[1].pointer, (int64_t)v[2].number, v[3].pointer, v[4].pointer);
}
static attn_status call_attn_dense_get_info(const value *v)
{
    return attn_dense_get_info(v[0].pointer, v[1].pointer);
}
static attn_status call_attn_draw_text(const value *v)
{
    return attn_draw_text(v[0].pointer, v[1].pointer, (size_t)v[2].number, (int64_t)v[3].number, v[4].pointer, v[5].pointer, v[6].pointer, v[7].pointer, v[8].write, v[9].pointer);
}
static attn_status call_attn_draw_matrix(const value *v)
{
    return attn_draw_matrix(v[0].pointer, (int64_t)v[1].number, (int64_t)v[2].number, v[3].pointer, v[4].pointer, v[5].pointer, v[6].pointer, v[7].write, v[8].pointer);
}
static attn_status call_attn_page_create(const value *v)
{
    return attn_page_create(v[0].pointer, v[1].pointer, v[2].write, v[3].pointer, v[4].pointer);
}
static attn_status call_attn_page_finish(const value *v)
{
    return attn_page_finish(v[0].pointer);
}
static attn_status call_attn_dropout_forward(const value *v)
{
    return attn_dropout_forward(v[0].pointer, v[1].pointer, (int64_t)v[2].number, v[3].pointer, (float)v[4].number, v[5].pointer);
}
static attn_status call_attn_dropout_backward(const value *v)
{
    return attn_dropout_backward(v[0].pointer, v[1].pointer, (int64_t)v[2].number, v[3].pointer, v[4].pointer);
}
static attn_status call_attn_embedding_create(const value *v)
{
    return attn_embedding_create(v[0].pointer, v[1].pointer, (int64_t)v[2].number, (int64_t)v[3].number, v[4].pointer, v[5].pointer);
}
static attn_status call_attn_embedding_load(const value *v)
{
    return attn_embedding_load(v[0].pointer, v[1].pointer, v[2].pointer, v[3].pointer);
}
static attn_status call_attn_embedding_forward(const value *v)
{
    return attn_embedding_forward(v[0].pointer, v[1].pointer, (int64_t)v[2].number, (int64_t)v[3].number, v[4].pointer, v[5].pointer, v[6].pointer);
}
static attn_status call_attn_embedding_backward(const value *v)
{
    return attn_embedding_backward(v[0].pointer, v[1].pointer, (int64_t)v[2].number, (int64_t)v[3].number, v[4].pointer);
}
static attn_status call_attn_embedding_get_info(const value *v)
{
    return attn_embedding_get_info(v[0].pointer, v[1].pointer);
}
static attn_status call_attn_explain_gradient_input(const value *v)
{
    return attn_explain_gradient_input(v[0].pointer, (int64_t)v[1].number, (int64_t)v[2].number, (int64_t)v[3].number, v[4].pointer, v[5].pointer, v[6].pointer, (int32_t)v[7].number, v[8].pointer);
}
static attn_status call_attn_explain_integrated(const value *v)
{
    return attn_explain_integrated(v[0].pointer, v[1].pointer, (int64_t)v[2].number, v[3].pointer, (int64_t)v[4].number, (int32_t)v[5].number, v[6].pointer, v[7].pointer, v[8].pointer);
}
static attn_status call_attn_explain_occlusion(const value *v)
{
    return attn_explain_occlusion(v[0].pointer, v[1].pointer, v[2].pointer);
}
static attn_status call_attn_explain_random(const value *v)
{
    return attn_explain_random(v[0].pointer, (int64_t)v[1].number, (int64_t)v[2].number, v[3].pointer, (uint64_t)v[4].number, v[5].pointer);
}
static attn_status call_attn_explain_comprehensiveness(const value *v)
{
    return attn_explain_comprehensiveness(v[0].pointer, v[1].pointer, (int64_t)v[2].number, v[3].pointer, v[4].pointer, v[5].pointer, v[6].pointer);
}
static attn_status call_attn_explain_sufficiency(const value *v)
{
    return attn_explain_sufficiency(v[0].pointer, v[1].pointer, (int64_t)v[2].number, v[3].pointer, v[4].pointer, v[5].pointer, v[6].pointer);
}
static attn_status call_attn_explain_soft(const value *v)
{
    return attn_explain_soft(v[0].pointer, v[1].pointer, (int64_t)v[2].number, v[3].pointer, (int64_t)v[4].number, (uint64_t)v[5].number, v[6].pointer, v[7].pointer, v[8].pointer);
}
static attn_status call_attn_explain_flip(const value *v)
{
    return attn_explain_flip(v[0].pointer, v[1].pointer, v[2].pointer, (int64_t)v[3].number, v[4].pointer);
}
static attn_status call_attn_explain_correlation(const value *v)
{
    return attn_explain_correlation(v[0].pointer, (int64_t)v[1].number, (int64_t)v[2].number, v[3].pointer, v[4].pointer, v[5].pointer, v[6].pointer, v[7].pointer);
}
static attn_status call_attn_explain_divergence(const value *v)
{
    return attn_explain_divergence(v[0].pointer, (int64_t)v[1].number, (int64_t)v[2].number, v[3].pointer, v[4].pointer, v[5].pointer, v[6].pointer);
}
static attn_status call_attn_explain_choose(const value *v)
{
    return attn_explain_choose(v[0].pointer, (int64_t)v[1].number, (int64_t)v[2].number, v[3].pointer, v[4].pointer, (float)v[5].number, v[6].pointer);
}
static attn_status call_attn_explain_token_match(const value *v)
{
    return attn_explain_token_match(v[0].pointer, (int64_t)v[1].number, (int64_t)v[2].number, v[3].pointer, v[4].pointer, v[5].pointer, v[6].pointer, v[7].pointer, v[8].pointer);
}
static attn_status call_attn_explain_span_match(const value *v)
{
    return attn_explain_span_match(v[0].pointer, (int64_t)v[1].number, (int64_t)v[2].number, v[3].pointer, v[4].pointer, v[5].pointer, (float)v[6].number, v[7].pointer, v[8].pointer, v[9].pointer);
}
static attn_status call_attn_explain_precision_recall(const value *v)
{
    return attn_explain_precision_recall(v[0].pointer, (int64_t)v[1].number, (int64_t)v[2].number, v[3].pointer, v[4].pointer, v[5].pointer, v[6].pointer, v[7].pointer);
}
static attn_status call_attn_explain_bootstrap(const value *v)
{
    return attn_explain_bootstrap(v[0].pointer, (int64_t)v[1].number, v[2].pointer, (float)v[3].number, (int64_t)v[4].number, (uint64_t)v[5].number, v[6].pointer);
}
static attn_status call_attn_params_save(const value *v)
{
    return attn_params_save(v[0].pointer, v[1].pointer, v[2].pointer);
}
static attn_status call_attn_params_write(const value *v)
{
    return attn_params_write(v[0].pointer, v[1].pointer, v[2].write, v[3].pointer);
}
static attn_status call_attn_file_replace(const value *v)
{
    return attn_file_replace(v[0].pointer, v[1].pointer, v[2].pointer, (size_t)v[3].number);
}
static attn_status call_attn_file_open(const value *v)
{
    return attn_file_open(v[0].pointer, v[1].pointer, v[2].pointer);
}
static attn_status call_attn_file_open_memory(const value *v)
{
    return attn_file_open_memory(v[0].pointer, v[1].pointer, (size_t)v[2].number, v[3].pointer);
}
static attn_status call_attn_file_tensor(const value *v)
{
    return attn_file_tensor(v[0].pointer, (int64_t)v[1].number, v[2].pointer);
}
static attn_status call_attn_file_find(const value *v)
{
    return attn_file_find(v[0].pointer, v[1].pointer, v[2].pointer);
}
static attn_status call_attn_file_read(const value *v)
{
    return attn_file_read(v[0].pointer, v[1].pointer, (int64_t)v[2].number, v[3].pointer);
}
static attn_status call_attn_file_load(const value *v)
{
    return attn_file_load(v[0].pointer, v[1].pointer, v[2].pointer, v[3].pointer);
}
static attn_status call_attn_file_load_adam(const value *v)
{
    return attn_file_load_adam(v[0].pointer, v[1].pointer);
}
static attn_status call_attn_file_vocab_create(const value *v)
{
    return attn_file_vocab_create(v[0].pointer, v[1].pointer, v[2].pointer);
}
static attn_status call_attn_file_pieces_create(const value *v)
{
    return attn_file_pieces_create(v[0].pointer, v[1].pointer);
}
static attn_status call_attn_file_layer(const value *v)
{
    return attn_file_layer(v[0].pointer, (int64_t)v[1].number, v[2].pointer);
}
static attn_status call_attn_file_embedding_create(const value *v)
{
    return attn_file_embedding_create(v[0].pointer, v[1].pointer, v[2].pointer, v[3].pointer);
}
static attn_status call_attn_file_gru_create(const value *v)
{
    return attn_file_gru_create(v[0].pointer, v[1].pointer, v[2].pointer, v[3].pointer);
}
static attn_status call_attn_file_attention_create(const value *v)
{
    return attn_file_attention_create(v[0].pointer, v[1].pointer, v[2].pointer, v[3].pointer);
}
static attn_status call_attn_file_attngru_create(const value *v)
{
    return attn_file_attngru_create(v[0].pointer, v[1].pointer, v[2].pointer, v[3].pointer);
}
static attn_status call_attn_file_dense_create(const value *v)
{
    return attn_file_dense_create(v[0].pointer, v[1].pointer, v[2].pointer, v[3].pointer);
}
static attn_status call_attn_file_ngrams_create(const value *v)
{
    return attn_file_ngrams_create(v[0].pointer, v[1].pointer, v[2].pointer, v[3].pointer);
}
static attn_status call_attn_gru_create(const value *v)
{
    return attn_gru_create(v[0].pointer, v[1].pointer, (int64_t)v[2].number, (int64_t)v[3].number, v[4].pointer, v[5].pointer);
}
static attn_status call_attn_gru_get_info(const value *v)
{
    return attn_gru_get_info(v[0].pointer, v[1].pointer);
}
static attn_status call_attn_gru_forward(const value *v)
{
    return attn_gru_forward(v[0].pointer, v[1].pointer, v[2].pointer, v[3].pointer, v[4].pointer, v[5].pointer);
}
static attn_status call_attn_gru_backward(const value *v)
{
    return attn_gru_backward(v[0].pointer, v[1].pointer, v[2].pointer, v[3].pointer, v[4].pointer, v[5].pointer);
}
static attn_status call_attn_gru_packed_create(const value *v)
{
    return attn_gru_packed_create(v[0].pointer, v[1].pointer, v[2].pointer);
}
static attn_status call_attn_gru_packed_direction(const value *v)
{
    return attn_gru_packed_direction(v[0].pointer, (int32_t)v[1].number, v[2].pointer);
}
static attn_status call_attn_gru_packed_get_info(const value *v)
{
    return attn_gru_packed_get_info(v[0].pointer, v[1].pointer);
}
static attn_status call_attn_gru_packed_forward(const value *v)
{
    return attn_gru_packed_forward(v[0].pointer, v[1].pointer, v[2].pointer, v[3].pointer, v[4].pointer);
}
static attn_status call_attn_gru_packed_step(const value *v)
{
    return attn_gru_packed_step(v[0].pointer, v[1].pointer, v[2].pointer);
}
static attn_status call_attn_cross_entropy(const value *v)
{
    return attn_cross_entropy(v[0].pointer, (int64_t)v[1].number, (int64_t)v[2].number, v[3].pointer, v[4].pointer, v[5].pointer, v[6].pointer, v[7].pointer, v[8].pointer, v[9].pointer);
}
static attn_status call_attn_calibration_error(const value *v)
{
    return attn_calibration_error(v[0].pointer, (int64_t)v[1].number, (int64_t)v[2].number, v[3].pointer, v[4].pointer, (int64_t)v[5].number, v[6].pointer, v[7].pointer);
}
static attn_status call_attn_fit_scales(const value *v)
{
    return attn_fit_scales(v[0].pointer, (int64_t)v[1].number, (int64_t)v[2].number, (int64_t)v[3].number, v[4].pointer, v[5].pointer, v[6].pointer, v[7].pointer);
}
static attn_status call_attn_edit_distance(const value *v)
{
    return attn_edit_distance(v[0].pointer, (int64_t)v[1].number, (int64_t)v[2].number, v[3].pointer, v[4].pointer, (int64_t)v[5].number, v[6].pointer, v[7].pointer, v[8].pointer, v[9].pointer);
}
static attn_status call_attn_ngrams_builder_create(const value *v)
{
    return attn_ngrams_builder_create(v[0].pointer, v[1].pointer, v[2].pointer);
}
static attn_status call_attn_ngrams_builder_add(const value *v)
{
    return attn_ngrams_builder_add(v[0].pointer, (int64_t)v[1].number, (int64_t)v[2].number, v[3].pointer, v[4].pointer, v[5].pointer);
}
static attn_status call_attn_ngrams_create(const value *v)
{
    return attn_ngrams_create(v[0].pointer, v[1].pointer, v[2].pointer, v[3].pointer, v[4].pointer);
}
static attn_status call_attn_ngrams_forward(const value *v)
{
    return attn_ngrams_forward(v[0].pointer, v[1].pointer, (int64_t)v[2].number, (int64_t)v[3].number, v[4].pointer, v[5].pointer, v[6].pointer);
}
static attn_status call_attn_ngrams_backward(const value *v)
{
    return attn_ngrams_backward(v[0].pointer, v[1].pointer, (int64_t)v[2].number, (int64_t)v[3].number, v[4].pointer);
}
static attn_status call_attn_ngrams_attribute(const value *v)
{
    return attn_ngrams_attribute(v[0].pointer, (int64_t)v[1].number, (int64_t)v[2].number, v[3].pointer, v[4].pointer, v[5].pointer, v[6].pointer, v[7].pointer);
}
static attn_status call_attn_ngrams_get_info(const value *v)
{
    return attn_ngrams_get_info(v[0].pointer, v[1].pointer);
}
static attn_status call_attn_params_create(const value *v)
{
    return attn_params_create(v[0].pointer, v[1].pointer, v[2].pointer);
}
static attn_status call_attn_params_add(const value *v)
{
    return attn_params_add(v[0].pointer, v[1].pointer, (int32_t)v[2].number, v[3].pointer, v[4].pointer);
}
static attn_status call_attn_params_seal(const value *v)
{
    return attn_params_seal(v[0].pointer);
}
static attn_status call_attn_params_tensor(const value *v)
{
    return attn_params_tensor(v[0].pointer, (int64_t)v[1].number, v[2].pointer);
}
static attn_status call_attn_params_find(const value *v)
{
    return attn_params_find(v[0].pointer, v[1].pointer, v[2].pointer);
}
static attn_status call_attn_params_set_trainable(const value *v)
{
    return attn_params_set_trainable(v[0].pointer, v[1].pointer, (int32_t)v[2].number);
}
static attn_status call_attn_params_set_lr_scale(const value *v)
{
    return attn_params_set_lr_scale(v[0].pointer, v[1].pointer, (float)v[2].number);
}
static attn_status call_attn_params_use_rows(const value *v)
{
    return attn_params_use_rows(v[0].pointer, v[1].pointer, (int64_t)v[2].number, v[3].pointer);
}
static attn_status call_attn_params_zero_grad(const value *v)
{
    return attn_params_zero_grad(v[0].pointer);
}
static attn_status call_attn_pieces_learn(const value *v)
{
    return attn_pieces_learn(v[0].pointer, v[1].pointer, v[2].pointer);
}
static attn_status call_attn_pieces_get(const value *v)
{
    return attn_pieces_get(v[0].pointer, (int64_t)v[1].number, v[2].pointer, v[3].pointer);
}
static attn_status call_attn_pieces_split(const value *v)
{
    return attn_pieces_split(v[0].pointer, v[1].pointer, (size_t)v[2].number, (int64_t)v[3].number, v[4].pointer, v[5].pointer);
}
static attn_status call_attn_pooling_forward(const value *v)
{
    return attn_pooling_forward(v[0].pointer, v[1].pointer, (int64_t)v[2].number, (int64_t)v[3].number, (int64_t)v[4].number, v[5].pointer, v[6].pointer, (int32_t)v[7].number, v[8].pointer);
}
static attn_status call_attn_pooling_backward(const value *v)
{
    return attn_pooling_backward(v[0].pointer, v[1].pointer, (int64_t)v[2].number, (int64_t)v[3].number, (int64_t)v[4].number, v[5].pointer, v[6].pointer);
}
static attn_status call_attn_pyramid_forward(const value *v)
{
    return attn_pyramid_forward(v[0].pointer, v[1].pointer, (int64_t)v[2].number, (int64_t)v[3].number, (int64_t)v[4].number, (int64_t)v[5].number, v[6].pointer, v[7].pointer, v[8].pointer, v[9].pointer);
}
static attn_status call_attn_pyramid_backward(const value *v)
{
    return attn_pyramid_backward(v[0].pointer, v[1].pointer, (int64_t)v[2].number, (int64_t)v[3].number, (int64_t)v[4].number, (int64_t)v[5].number, v[6].pointer, v[7].pointer);
}
static attn_status call_attn_candidates_create(const value *v)
{
    return attn_candidates_create(v[0].pointer, (int64_t)v[1].number, v[2].pointer, v[3].pointer, v[4].pointer);
}
static attn_status call_attn_candidates_get_info(const value *v)
{
    return attn_candidates_get_info(v[0].pointer, v[1].pointer);
}
static attn_status call_attn_candidates_draw(const value *v)
{
    return attn_candidates_draw(v[0].pointer, (int64_t)v[1].number, v[2].pointer, v[3].pointer, v[4].pointer);
}
static attn_status call_attn_sampled_cross_entropy(const value *v)
{
    return attn_sampled_cross_entropy(v[0].pointer, v[1].pointer, v[2].pointer, (int64_t)v[3].number, (int64_t)v[4].number, v[5].pointer, v[6].pointer, v[7].pointer, v[8].pointer, v[9].pointer, v[10].pointer);
}
static attn_status call_attn_search(const value *v)
{
    return attn_search(v[0].pointer, (int64_t)v[1].number, (int64_t)v[2].number, (int64_t)v[3].number, v[4].step, v[5].pointer, v[6].pointer, v[7].pointer, v[8].pointer, v[9].pointer);
}
static attn_status call_attn_steps_gather(const value *v)
{
    return attn_steps_gather(v[0].pointer, v[1].pointer, v[2].pointer, v[3].pointer, v[4].pointer);
}
static attn_status call_attn_steps_gather_ids(const value *v)
{
    return attn_steps_gather_ids(v[0].pointer, v[1].pointer, v[2].pointer, v[3].pointer, v[4].pointer);
}
static attn_status call_attn_steps_scatter(const value *v)
{
    return attn_steps_scatter(v[0].pointer, v[1].pointer, v[2].pointer, v[3].pointer);
}
static attn_status call_attn_tape_create(const value *v)
{
    return attn_tape_create(v[0].pointer, v[1].pointer, v[2].pointer);
}
static attn_status call_attn_tape_begin(const value *v)
{
    return attn_tape_begin(v[0].pointer, (int64_t)v[1].number);
}
static attn_status call_attn_tape_begin_part(const value *v)
{
    return attn_tape_begin_part(v[0].pointer, (int64_t)v[1].number, (int64_t)v[2].number, (int64_t)v[3].number);
}
static attn_status call_attn_tape_get_info(const value *v)
{
    return attn_tape_get_info(v[0].pointer, v[1].pointer);
}
static attn_status call_attn_tape_top(const value *v)
{
    return attn_tape_top(v[0].pointer, v[1].pointer);
}
static attn_status call_attn_tape_push(const value *v)
{
    return attn_tape_push(v[0].pointer, v[1].pointer, v[2].pointer, (int64_t)v[3].number, (int64_t)v[4].number, (size_t)v[5].number, v[6].pointer);
}
static attn_status call_attn_tape_peek(const value *v)
{
    return attn_tape_peek(v[0].pointer, v[1].pointer, (int64_t)v[2].number, (int64_t)v[3].number, v[4].pointer);
}
static attn_status call_attn_tape_pop(const value *v)
{
    return attn_tape_pop(v[0].pointer, v[1].pointer);
}
static attn_status call_attn_tokens_create(const value *v)
{
    return attn_tokens_create(v[0].pointer, v[1].pointer, v[2].pointer);
}
static attn_status call_attn_tokens_get_info(const value *v)
{
    return attn_tokens_get_info(v[0].pointer, v[1].pointer);
}
static attn_status call_attn_tokens_set_text(const value *v)
{
    return attn_tokens_set_text(v[0].pointer, v[1].pointer, (size_t)v[2].number);
}
static attn_status call_attn_vectors_probe(const value *v)
{
    return attn_vectors_probe(v[0].pointer, v[1].pointer, (int32_t)v[2].number, v[3].pointer);
}
static attn_status call_attn_vectors_read(const value *v)
{
    return attn_vectors_read(v[0].pointer, v[1].pointer, (int64_t)v[2].number, v[3].pointer, (int32_t)v[4].number, v[5].pointer, v[6].pointer, v[7].pointer);
}
static attn_status call_attn_vocab_builder_create(const value *v)
{
    return attn_vocab_builder_create(v[0].pointer, v[1].pointer, v[2].pointer);
}
static attn_status call_attn_vocab_builder_add(const value *v)
{
    return attn_vocab_builder_add(v[0].pointer, v[1].pointer);
}
static attn_status call_attn_vocab_builder_add_token(const value *v)
{
    return attn_vocab_builder_add_token(v[0].pointer, v[1].pointer, (int64_t)v[2].number);
}
static attn_status call_attn_vocab_create(const value *v)
{
    return attn_vocab_create(v[0].pointer, v[1].pointer, v[2].pointer);
}
static attn_status call_attn_vocab_load(const value *v)
{
    return attn_vocab_load(v[0].pointer, v[1].pointer, v[2].pointer, v[3].pointer);
}
static attn_status call_attn_vocab_save(const value *v)
{
    return attn_vocab_save(v[0].pointer, v[1].pointer);
}
static attn_status call_attn_vocab_get_info(const value *v)
{
    return attn_vocab_get_info(v[0].pointer, v[1].pointer);
}
static attn_status call_attn_vocab_tokens_create(const value *v)
{
    return attn_vocab_tokens_create(v[0].pointer, v[1].pointer);
}
static attn_status call_attn_vocab_encode(const value *v)
{
    return attn_vocab_encode(v[0].pointer, v[1].pointer, (int64_t)v[2].number, v[3].pointer, v[4].pointer);
}
static attn_status call_attn_vocab_decode(const value *v)
{
    return attn_vocab_decode(v[0].pointer, (int64_t)v[1].number, v[2].pointer, v[3].pointer);
}
static const declared calls[] = {
    {"attn_adam_create", call_attn_adam_create, 3, 2, {"params", "options", "out"}},
    {"attn_adam_step", call_attn_adam_step, 2, -1, {"adam", "norm"}},
    {"attn_adam_swap_average", call_attn_adam_swap_average, 1, -1, {"adam"}},
    {"attn_adam_set_lr", call_attn_adam_set_lr, 2, -1, {"adam", "lr"}},
    {"attn_attention_create", call_attn_attention_create, 5, 4, {"params", "name", "memory_dim", "options", "out"}},
    {"attn_attention_forward", call_attn_attention_forward, 8, -1, {"attention", "tape", "batch", "items", "memory", "lengths", "weights", "context"}},
    {"attn_attention_forward_queries", call_attn_attention_forward_queries, 11, -1, {"attention", "tape", "batch", "items", "queries", "memory", "lengths", "query", "query_lengths", "weights", "context"}},
    {"attn_attention_backward", call_attn_attention_backward, 9, -1, {"attention", "tape", "batch", "items", "queries", "dweights", "dcontext", "dmemory", "dquery"}},
    {"attn_attention_keys_forward", call_attn_attention_keys_forward, 8, -1, {"attention", "tape", "batch", "items", "width", "memory", "lengths", "keys"}},
    {"attn_attention_keys_backward", call_attn_attention_keys_backward, 7, -1, {"attention", "tape", "batch", "items", "width", "dkeys", "dmemory"}},
    {"attn_attention_step_forward", call_attn_attention_step_forward, 5, -1, {"attention", "tape", "step", "weights", "context"}},
    {"attn_attention_step_backward", call_attn_attention_step_backward, 3, -1, {"attention", "tape", "gradients"}},
    {"attn_attention_score", call_attn_attention_score, 7, -1, {"attention", "count", "memory", "first", "width", "keys", "scores"}},
    {"attn_attention_score_slopes", call_attn_attention_score_slopes, 4, -1, {"attention", "count", "memory", "slopes"}},
    {"attn_attention_weigh", call_attn_attention_weigh, 6, -1, {"attention", "batch", "items", "scores", "lengths", "weights"}},
    {"attn_attention_get_info", call_attn_attention_get_info, 2, -1, {"attention", "info"}},
    {"attn_attention_memory_create", call_attn_attention_memory_create, 7, 6, {"attention", "batch", "items", "memory", "lengths", "options", "out"}},
    {"attn_attention_memory_attend", call_attn_attention_memory_attend, 6, -1, {"memory", "count", "rows", "query", "weights", "context"}},
    {"attn_attngru_create", call_attn_attngru_create, 6, 5, {"params", "name", "input_dim", "hidden_dim", "options", "out"}},
    {"attn_attngru_get_info", call_attn_attngru_get_info, 2, -1, {"attngru", "info"}},
    {"attn_attngru_forward", call_attn_attngru_forward, 6, -1, {"attngru", "tape", "in", "h0", "y", "hn"}},
    {"attn_attngru_backward", call_attn_attngru_backward, 6, -1, {"attngru", "tape", "dy", "dhn", "out", "dh0"}},
    {"attn_classifier_create", call_attn_classifier_create, 2, 1, {"parts", "out"}},
    {"attn_classifier_open", call_attn_classifier_open, 3, 2, {"context", "path", "out"}},
    {"attn_file_classifier_create", call_attn_file_classifier_create, 3, 2, {"file", "params", "out"}},
    {"attn_classifier_save", call_attn_classifier_save, 3, -1, {"classifier", "path", "options"}},
    {"attn_classifier_write", call_attn_classifier_write, 4, -1, {"classifier", "options", "write", "user"}},
    {"attn_classifier_get_info", call_attn_classifier_get_info, 2, -1, {"classifier", "info"}},
    {"attn_classifier_pack", call_attn_classifier_pack, 2, -1, {"classifier", "options"}},
    {"attn_classifier_set_scales", call_attn_classifier_set_scales, 3, -1, {"classifier", "channels", "scales"}},
    {"attn_classifier_forward", call_attn_classifier_forward, 6, -1, {"classifier", "tape", "in", "logits", "weights", "states"}},
    {"attn_classifier_channels", call_attn_classifier_channels, 3, -1, {"classifier", "in", "logits"}},
    {"attn_classifier_backward", call_attn_classifier_backward, 6, -1, {"classifier", "tape", "dlogits", "dweights", "dstates", "out"}},
    {"attn_classifier_attribute", call_attn_classifier_attribute, 6, -1, {"classifier", "in", "targets", "by", "numbers", "gaps"}},
    {"attn_classifier_read", call_attn_classifier_read, 5, 4, {"classifier", "text", "size", "by", "out"}},
    {"attn_classifier_read_many", call_attn_classifier_read_many, 6, 5, {"classifier", "count", "texts", "sizes", "by", "out"}},
    {"attn_reading_draw", call_attn_reading_draw, 4, -1, {"reading", "options", "write", "user"}},
    {"attn_reading_get_info", call_attn_reading_get_info, 2, -1, {"reading", "info"}},
    {"attn_probe_create", call_attn_probe_create, 3, 2, {"classifier", "in", "out"}},
    {"attn_probe_model", call_attn_probe_model, 3, -1, {"probe", "masking", "model"}},
    {"attn_probe_gradient", call_attn_probe_gradient, 2, -1, {"probe", "gradients"}},
    {"attn_context_create", call_attn_context_create, 2, 1, {"options", "out"}},
    {"attn_context_alloc", call_attn_context_alloc, 3, 2, {"context", "size", "out"}},
    {"attn_dense_create", call_attn_dense_create, 6, 5, {"params", "name", "input_dim", "output_dim", "options", "out"}},
    {"attn_dense_forward", call_attn_dense_forward, 5, -1, {"dense", "tape", "rows", "x", "y"}},
    {"attn_dense_backward", call_attn_dense_backward, 5, -1, {"dense", "tape", "rows", "dy", "dx"}},
    {"attn_dense_get_info", call_attn_dense_get_info, 2, -1, {"dense", "info"}},
    {"attn_draw_text", call_attn_draw_text, 10, -1, {"context", "text", "size", "count", "begins", "ends", "numbers", "options", "write", "user"}},
    {"attn_draw_matrix", call_attn_draw_matrix, 9, -1, {"context", "rows", "columns", "weights", "row_names", "column_names", "options", "write", "user"}},
    {"attn_page_create", call_attn_page_create, 5, 4, {"context", "options", "write", "user", "out"}},
    {"attn_page_finish", call_attn_page_finish, 1, -1, {"page"}},
    {"attn_dropout_forward", call_attn_dropout_forward, 6, -1, {"context", "tape", "size", "x", "probability", "y"}},
    {"attn_dropout_backward", call_attn_dropout_backward, 5, -1, {"context", "tape", "size", "dy", "dx"}},
    {"attn_embedding_create", call_attn_embedding_create, 6, 5, {"params", "name", "rows", "dim", "options", "out"}},
    {"attn_embedding_load", call_attn_embedding_load, 4, -1, {"embedding", "vocab", "path", "report"}},
    {"attn_embedding_forward", call_attn_embedding_forward, 7, -1, {"embedding", "tape", "batch", "time", "ids", "lengths", "y"}},
    {"attn_embedding_backward", call_attn_embedding_backward, 5, -1, {"embedding", "tape", "batch", "time", "dy"}},
    {"attn_embedding_get_info", call_attn_embedding_get_info, 2, -1, {"embedding", "info"}},
    {"attn_explain_gradient_input", call_attn_explain_gradient_input, 9, -1, {"context", "batch", "time", "dim", "x", "dx", "lengths", "form", "attributions"}},
    {"attn_explain_integrated", call_attn_explain_integrated, 9, -1, {"context", "model", "dim", "x", "steps", "rule", "attributions", "change", "gap"}},
    {"attn_explain_occlusion", call_attn_explain_occlusion, 3, -1, {"context", "model", "attributions"}},
    {"attn_explain_random", call_attn_explain_random, 6, -1, {"context", "batch", "time", "lengths", "seed", "attributions"}},
    {"attn_explain_comprehensiveness", call_attn_explain_comprehensiveness, 7, -1, {"context", "model", "count", "attributions", "fractions", "scores", "aopc"}},
    {"attn_explain_sufficiency", call_attn_explain_sufficiency, 7, -1, {"context", "model", "count", "attributions", "fractions", "scores", "aopc"}},
    {"attn_explain_soft", call_attn_explain_soft, 9, -1, {"context", "model", "dim", "attributions", "samples", "seed", "comprehensiveness", "sufficiency", "range"}},
    {"attn_explain_flip", call_attn_explain_flip, 5, -1, {"context", "model", "attributions", "resolution", "fraction"}},
    {"attn_explain_correlation", call_attn_explain_correlation, 8, -1, {"context", "batch", "time", "a", "b", "lengths", "tau", "pearson"}},
    {"attn_explain_divergence", call_attn_explain_divergence, 7, -1, {"context", "batch", "time", "a", "b", "lengths", "divergence"}},
    {"attn_explain_choose", call_attn_explain_choose, 7, -1, {"context", "batch", "time", "attributions", "lengths", "fraction", "chosen"}},
    {"attn_explain_token_match", call_attn_explain_token_match, 9, -1, {"context", "batch", "time", "chosen", "marked", "lengths", "precision", "recall", "f1"}},
    {"attn_explain_span_match", call_attn_explain_span_match, 10, -1, {"context", "batch", "time", "chosen", "marked", "lengths", "overlap", "precision", "recall", "f1"}},
    {"attn_explain_precision_recall", call_attn_explain_precision_recall, 8, -1, {"context", "batch", "time", "attributions", "marked", "lengths", "area", "average_precision"}},
    {"attn_explain_bootstrap", call_attn_explain_bootstrap, 7, -1, {"context", "count", "values", "confidence", "resamples", "seed", "interval"}},
    {"attn_params_save", call_attn_params_save, 3, -1, {"params", "path", "options"}},
    {"attn_params_write", call_attn_params_write, 4, -1, {"params", "options", "write", "user"}},
    {"attn_file_replace", call_attn_file_replace, 4, -1, {"context", "path", "data", "size"}},
    {"attn_file_open", call_attn_file_open, 3, 2, {"context", "path", "out"}},
    {"attn_file_open_memory", call_attn_file_open_memory, 4, 3, {"context", "data", "size", "out"}},
    {"attn_file_tensor", call_attn_file_tensor, 3, -1, {"file", "index", "view"}},
    {"attn_file_find", call_attn_file_find, 3, -1, {"file", "name", "view"}},
    {"attn_file_read", call_attn_file_read, 4, -1, {"file", "name", "size", "values"}},
    {"attn_file_load", call_attn_file_load, 4, -1, {"file", "params", "from", "to"}},
    {"attn_file_load_adam", call_attn_file_load_adam, 2, -1, {"file", "adam"}},
    {"attn_file_vocab_create", call_attn_file_vocab_create, 3, 2, {"file", "name", "out"}},
    {"attn_file_pieces_create", call_attn_file_pieces_create, 2, 1, {"file", "out"}},
    {"attn_file_layer", call_attn_file_layer, 3, -1, {"file", "index", "info"}},
    {"attn_file_embedding_create", call_attn_file_embedding_create, 4, 3, {"file", "name", "params", "out"}},
    {"attn_file_gru_create", call_attn_file_gru_create, 4, 3, {"file", "name", "params", "out"}},
    {"attn_file_attention_create", call_attn_file_attention_create, 4, 3, {"file", "name", "params", "out"}},
    {"attn_file_attngru_create", call_attn_file_attngru_create, 4, 3, {"file", "name", "params", "out"}},
    {"attn_file_dense_create", call_attn_file_dense_create, 4, 3, {"file", "name", "params", "out"}},
    {"attn_file_ngrams_create", call_attn_file_ngrams_create, 4, 3, {"file", "name", "params", "out"}},
    {"attn_gru_create", call_attn_gru_create, 6, 5, {"params", "name", "input_dim", "hidden_dim", "options", "out"}},
    {"attn_gru_get_info", call_attn_gru_get_info, 2, -1, {"gru", "info"}},
    {"attn_gru_forward", call_attn_gru_forward, 6, -1, {"gru", "tape", "in", "h0", "y", "hn"}},
    {"attn_gru_backward", call_attn_gru_backward, 6, -1, {"gru", "tape", "dy", "dhn", "out", "dh0"}},
    {"attn_gru_packed_create", call_attn_gru_packed_create, 3, 2, {"gru", "options", "out"}},
    {"attn_gru_packed_direction", call_attn_gru_packed_direction, 3, 2, {"packed", "direction", "out"}},
    {"attn_gru_packed_get_info", call_attn_gru_packed_get_info, 2, -1, {"packed", "info"}},
    {"attn_gru_packed_forward", call_attn_gru_packed_forward, 5, -1, {"packed", "in", "h0", "y", "hn"}},
    {"attn_gru_packed_step", call_attn_gru_packed_step, 3, -1, {"packed", "in", "h"}},
    {"attn_cross_entropy", call_attn_cross_entropy, 10, -1, {"context", "rows", "classes", "logits", "labels", "options", "loss", "losses", "probabilities", "dlogits"}},
    {"attn_calibration_error", call_attn_calibration_error, 8, -1, {"context", "rows", "classes", "probabilities", "labels", "bins", "error", "diagram"}},
    {"attn_fit_scales", call_attn_fit_scales, 8, -1, {"context", "channels", "rows", "classes", "logits", "labels", "scales", "loss"}},
    {"attn_edit_distance", call_attn_edit_distance, 10, -1, {"context", "batch", "given_time", "given", "given_lengths", "expected_time", "expected", "expected_lengths", "distances", "edits"}},
    {"attn_ngrams_builder_create", call_attn_ngrams_builder_create, 3, 2, {"context", "options", "out"}},
    {"attn_ngrams_builder_add", call_attn_ngrams_builder_add, 6, -1, {"builder", "batch", "time", "ids", "lengths", "labels"}},
    {"attn_ngrams_create", call_attn_ngrams_create, 5, 4, {"params", "name", "builder", "options", "out"}},
    {"attn_ngrams_forward", call_attn_ngrams_forward, 7, -1, {"ngrams", "tape", "batch", "time", "ids", "lengths", "logits"}},
    {"attn_ngrams_backward", call_attn_ngrams_backward, 5, -1, {"ngrams", "tape", "batch", "time", "dlogits"}},
    {"attn_ngrams_attribute", call_attn_ngrams_attribute, 8, -1, {"ngrams", "batch", "time", "ids", "lengths", "targets", "shares", "base"}},
    {"attn_ngrams_get_info", call_attn_ngrams_get_info, 2, -1, {"ngrams", "info"}},
    {"attn_params_create", call_attn_params_create, 3, 2, {"context", "options", "out"}},
    {"attn_params_add", call_attn_params_add, 5, -1, {"params", "name", "rank", "shape", "options"}},
    {"attn_params_seal", call_attn_params_seal, 1, -1, {"params"}},
    {"attn_params_tensor", call_attn_params_tensor, 3, -1, {"params", "index", "view"}},
    {"attn_params_find", call_attn_params_find, 3, -1, {"params", "name", "view"}},
    {"attn_params_set_trainable", call_attn_params_set_trainable, 3, -1, {"params", "name", "trainable"}},
    {"attn_params_set_lr_scale", call_attn_params_set_lr_scale, 3, -1, {"params", "name", "scale"}},
    {"attn_params_use_rows", call_attn_params_use_rows, 4, -1, {"params", "name", "count", "rows"}},
    {"attn_params_zero_grad", call_attn_params_zero_grad, 1, -1, {"params"}},
    {"attn_pieces_learn", call_attn_pieces_learn, 3, 2, {"vocab", "options", "out"}},
    {"attn_pieces_get", call_attn_pieces_get, 4, -1, {"pieces", "index", "left", "right"}},
    {"attn_pieces_split", call_attn_pieces_split, 6, -1, {"pieces", "word", "size", "room", "ends", "count"}},
    {"attn_pooling_forward", call_attn_pooling_forward, 9, -1, {"context", "tape", "batch", "time", "dim", "x", "lengths", "pooling", "y"}},
    {"attn_pooling_backward", call_attn_pooling_backward, 7, -1, {"context", "tape", "batch", "time", "dim", "dy", "dx"}},
    {"attn_pyramid_forward", call_attn_pyramid_forward, 10, -1, {"context", "tape", "batch", "time", "dim", "join", "x", "lengths", "y", "joined_lengths"}},
    {"attn_pyramid_backward", call_attn_pyramid_backward, 8, -1, {"context", "tape", "batch", "time", "dim", "join", "dy", "dx"}},
    {"attn_candidates_create", call_attn_candidates_create, 5, 4, {"context", "words", "frequencies", "options", "out"}},
    {"attn_candidates_get_info", call_attn_candidates_get_info, 2, -1, {"candidates", "info"}},
    {"attn_candidates_draw", call_attn_candidates_draw, 5, -1, {"candidates", "step", "ids", "weights", "drawn"}},
    {"attn_sampled_cross_entropy", call_attn_sampled_cross_entropy, 11, -1, {"table", "bias", "candidates", "step", "rows", "states", "targets", "options", "loss", "losses", "dstates"}},
    {"attn_search", call_attn_search, 10, -1, {"context", "batch", "classes", "max_length", "step", "user", "options", "tokens", "lengths", "scores"}},
    {"attn_steps_gather", call_attn_steps_gather, 5, -1, {"context", "steps", "x", "rows", "count"}},
    {"attn_steps_gather_ids", call_attn_steps_gather_ids, 5, -1, {"context", "steps", "ids", "rows", "count"}},
    {"attn_steps_scatter", call_attn_steps_scatter, 4, -1, {"context", "steps", "rows", "x"}},
    {"attn_tape_create", call_attn_tape_create, 3, 2, {"context", "options", "out"}},
    {"attn_tape_begin", call_attn_tape_begin, 2, -1, {"tape", "step"}},
    {"attn_tape_begin_part", call_attn_tape_begin_part, 4, -1, {"tape", "step", "first", "rows"}},
    {"attn_tape_get_info", call_attn_tape_get_info, 2, -1, {"tape", "info"}},
    {"attn_tape_top", call_attn_tape_top, 2, -1, {"tape", "entry"}},
    {"attn_tape_push", call_attn_tape_push, 7, -1, {"tape", "owner", "name", "batch", "time", "size", "memory"}},
    {"attn_tape_peek", call_attn_tape_peek, 5, -1, {"tape", "owner", "batch", "time", "memory"}},
    {"attn_tape_pop", call_attn_tape_pop, 2, -1, {"tape", "owner"}},
    {"attn_tokens_create", call_attn_tokens_create, 3, 2, {"context", "options", "out"}},
    {"attn_tokens_get_info", call_attn_tokens_get_info, 2, -1, {"tokens", "info"}},
    {"attn_tokens_set_text", call_attn_tokens_set_text, 3, -1, {"tokens", "text", "size"}},
    {"attn_vectors_probe", call_attn_vectors_probe, 4, -1, {"context", "path", "format", "report"}},
    {"attn_vectors_read", call_attn_vectors_read, 8, -1, {"context", "vocab", "dim", "path", "format", "table", "found", "report"}},
    {"attn_vocab_builder_create", call_attn_vocab_builder_create, 3, 2, {"context", "options", "out"}},
    {"attn_vocab_builder_add", call_attn_vocab_builder_add, 2, -1, {"builder", "tokens"}},
    {"attn_vocab_builder_add_token", call_attn_vocab_builder_add_token, 3, -1, {"builder", "token", "count"}},
    {"attn_vocab_create", call_attn_vocab_create, 3, 2, {"builder", "options", "out"}},
    {"attn_vocab_load", call_attn_vocab_load, 4, 3, {"context", "path", "options", "out"}},
    {"attn_vocab_save", call_attn_vocab_save, 2, -1, {"vocab", "path"}},
    {"attn_vocab_get_info", call_attn_vocab_get_info, 2, -1, {"vocab", "info"}},
    {"attn_vocab_tokens_create", call_attn_vocab_tokens_create, 2, 1, {"vocab", "out"}},
    {"attn_vocab_encode", call_attn_vocab_encode, 5, -1, {"vocab", "tokens", "max_ids", "ids", "count"}},
    {"attn_vocab_decode", call_attn_vocab_decode, 4, -1, {"vocab", "count", "ids", "tokens"}},
};
static void call_attn_adam_destroy(void *handle)
{
    attn_adam_destroy(handle);
}
static void call_attn_attention_destroy(void *handle)
{
    attn_attention_destroy(handle);
}
static void call_attn_attention_memory_destroy(void *handle)
{
    attn_attention_memory_destroy(handle);
}
static void call_attn_attngru_destroy(void *handle)
{
    attn_attngru_destroy(handle);
}
static void call_attn_classifier_destroy(void *handle)
{
    attn_classifier_destroy(handle);
}
static void call_attn_reading_destroy(void *handle)
{
    attn_reading_destroy(handle);
}
static void call_attn_probe_destroy(void *handle)
{
    attn_probe_destroy(handle);
}
static void call_attn_context_destroy(void *handle)
{
    attn_context_destroy(handle);
}
static void call_attn_dense_destroy(void *handle)
{
    attn_dense_destroy(handle);
}
static void call_attn_page_destroy(void *handle)
{
    attn_page_destroy(handle);
}
static void call_attn_embedding_destroy(void *handle)
{
    attn_embedding_destroy(handle);
}
static void call_attn_file_close(void *handle)
{
    attn_file_close(handle);
}
static void call_attn_gru_destroy(void *handle)
{
    attn_gru_destroy(handle);
}
static void call_attn_gru_packed_destroy(void *handle)
{
    attn_gru_packed_destroy(handle);
}
static void call_attn_ngrams_builder_destroy(void *handle)
{
    attn_ngrams_builder_destroy(handle);
}
static void call_attn_ngrams_destroy(void *handle)
{
    attn_ngrams_destroy(handle);
}
static void call_attn_params_destroy(void *handle)
{
    attn_params_destroy(handle);
}
static void call_attn_pieces_destroy(void *handle)
{
    attn_pieces_destroy(handle);
}
static void call_attn_candidates_destroy(void *handle)
{
    attn_candidates_destroy(handle);
}
static void call_attn_tape_destroy(void *handle)
{
    attn_tape_destroy(handle);
}
static void call_attn_tokens_destroy(void *handle)
{
    attn_tokens_destroy(handle);
}
static void call_attn_vocab_builder_destroy(void *handle)
{
    attn_vocab_builder_destroy(handle);
}
static void call_attn_vocab_destroy(void *handle)
{
    attn_vocab_destroy(handle);
}
static const struct {
    const char *name;
    void (*call)(void *handle);
} destroys[] = {
    {"attn_adam_destroy", call_attn_adam_destroy},
    {"attn_attention_destroy", call_attn_attention_destroy},
    {"attn_attention_memory_destroy", call_attn_attention_memory_destroy},
    {"attn_attngru_destroy", call_attn_attngru_destroy},
    {"attn_classifier_destroy", call_attn_classifier_destroy},
    {"attn_reading_destroy", call_attn_reading_destroy},
    {"attn_probe_destroy", call_attn_probe_destroy},
    {"attn_context_destroy", call_attn_context_destroy},
    {"attn_dense_destroy", call_attn_dense_destroy},
    {"attn_page_destroy", call_attn_page_destroy},
    {"attn_embedding_destroy", call_attn_embedding_destroy},
    {"attn_file_close", call_attn_file_close},
    {"attn_gru_destroy", call_attn_gru_destroy},
    {"attn_gru_packed_destroy", call_attn_gru_packed_destroy},
    {"attn_ngrams_builder_destroy", call_attn_ngrams_builder_destroy},
    {"attn_ngrams_destroy", call_attn_ngrams_destroy},
    {"attn_params_destroy", call_attn_params_destroy},
    {"attn_pieces_destroy", call_attn_pieces_destroy},
    {"attn_candidates_destroy", call_attn_candidates_destroy},
    {"attn_tape_destroy", call_attn_tape_destroy},
    {"attn_tokens_destroy", call_attn_tokens_destroy},
    {"attn_vocab_builder_destroy", call_attn_vocab_builder_destroy},
    {"attn_vocab_destroy", call_attn_vocab_destroy},
};
static int ask_attn_adam_steps(void)
{
    return attn_adam_steps(NULL) == 0;
}
static int ask_attn_adam_lr(void)
{
    return attn_adam_lr(NULL) == 0;
}
static int ask_attn_attention_share(void)
{
    return attn_attention_share(NULL) == NULL;
}
static int ask_attn_attngru_share(void)
{
    return attn_attngru_share(NULL) == NULL;
}
static int ask_attn_classifier_label(void)
{
    return attn_classifier_label(NULL, 0) == NULL;
}
static int ask_attn_reading_class(void)
{
    return attn_reading_class(NULL) == -1;
}
static int ask_attn_reading_label(void)
{
    return attn_reading_label(NULL) == NULL;
}
static int ask_attn_reading_probabilities(void)
{
    return attn_reading_probabilities(NULL) == NULL;
}
static int ask_attn_reading_tokens(void)
{
    return attn_reading_tokens(NULL) == NULL;
}
static int ask_attn_reading_numbers(void)
{
    return attn_reading_numbers(NULL) == NULL;
}
static int ask_attn_reading_top(void)
{
    return attn_reading_top(NULL, 0, NULL) == 0;
}
static int ask_attn_probe_probabilities(void)
{
    return attn_probe_probabilities(NULL) == NULL;
}
static int ask_attn_probe_weights(void)
{
    return attn_probe_weights(NULL) == NULL;
}
static int ask_attn_probe_states(void)
{
    return attn_probe_states(NULL) == NULL;
}
static int ask_attn_context_threads(void)
{
    return attn_context_threads(NULL) == 0;
}
static int ask_attn_context_isa(void)
{
    return attn_context_isa(NULL) == 0;
}
static int ask_attn_context_isa_name(void)
{
    return attn_context_isa_name(NULL) [0] == 0;
}
static int ask_attn_context_free(void)
{
    attn_context_free(NULL, NULL);
    return 1;
}
static int ask_attn_dense_share(void)
{
    return attn_dense_share(NULL) == NULL;
}
static int ask_attn_embedding_share(void)
{
    return attn_embedding_share(NULL) == NULL;
}
static int ask_attn_file_count(void)
{
    return attn_file_count(NULL) == 0;
}
static int ask_attn_file_config(void)
{
    return attn_file_config(NULL) == NULL;
}
static int ask_attn_file_metadata(void)
{
    return attn_file_metadata(NULL, NULL) == NULL;
}
static int ask_attn_file_layer_count(void)
{
    return attn_file_layer_count(NULL) == 0;
}
static int ask_attn_gru_share(void)
{
    return attn_gru_share(NULL) == NULL;
}
static int ask_attn_ngrams_builder_size(void)
{
    return attn_ngrams_builder_size(NULL) == 0;
}
static int ask_attn_ngrams_share(void)
{
    return attn_ngrams_share(NULL) == NULL;
}
static int ask_attn_ngrams_get(void)
{
    return attn_ngrams_get(NULL, 0, NULL) == NULL;
}
static int ask_attn_ngrams_find(void)
{
    return attn_ngrams_find(NULL, 0, NULL) == -1;
}
static int ask_attn_params_context(void)
{
    return attn_params_context(NULL) == NULL;
}
static int ask_attn_params_count(void)
{
    return attn_params_count(NULL) == 0;
}
static int ask_attn_params_size(void)
{
    return attn_params_size(NULL) == 0;
}
static int ask_attn_params_values(void)
{
    return attn_params_values(NULL) == NULL;
}
static int ask_attn_params_gradients(void)
{
    return attn_params_gradients(NULL) == NULL;
}
static int ask_attn_pieces_count(void)
{
    return attn_pieces_count(NULL) == 0;
}
static int ask_attn_tape_depth(void)
{
    return attn_tape_depth(NULL) == 0;
}
static int ask_attn_tape_bytes(void)
{
    return attn_tape_bytes(NULL) == 0;
}
static int ask_attn_tokens_count(void)
{
    return attn_tokens_count(NULL) == 0;
}
static int ask_attn_tokens_get(void)
{
    return attn_tokens_get(NULL, 0) == NULL;
}
static int ask_attn_tokens_begins(void)
{
    return attn_tokens_begins(NULL) == NULL;
}
static int ask_attn_tokens_ends(void)
{
    return attn_tokens_ends(NULL) == NULL;
}
static int ask_attn_tokens_invalid(void)
{
    return attn_tokens_invalid(NULL) == 0;
}
static int ask_attn_vocab_builder_missed(void)
{
    return attn_vocab_builder_missed(NULL) == 0;
}
static int ask_attn_vocab_share(void)
{
    return attn_vocab_share(NULL) == NULL;
}
static int ask_attn_vocab_size(void)
{
    return attn_vocab_size(NULL) == 0;
}
static int ask_attn_vocab_id(void)
{
    return attn_vocab_id(NULL, NULL) == ATTN_UNK_ID;
}
static int ask_attn_vocab_token(void)
{
    return attn_vocab_token(NULL, 0) [0] == '<';
}
static int ask_attn_vocab_frequency(void)
{
    return attn_vocab_frequency(NULL, 0) == 0;
}
static const struct {
    const char *name;
    int (*answers)(void);
} questions[] = {
    {"attn_adam_steps", ask_attn_adam_steps},
    {"attn_adam_lr", ask_attn_adam_lr},
    {"attn_attention_share", ask_attn_attention_share},
    {"attn_attngru_share", ask_attn_attngru_share},
    {"attn_classifier_label", ask_attn_classifier_label},
    {"attn_reading_class", ask_attn_reading_class},
    {"attn_reading_label", ask_attn_reading_label},
    {"attn_reading_probabilities", ask_attn_reading_probabilities},
    {"attn_reading_tokens", ask_attn_reading_tokens},
    {"attn_reading_numbers", ask_attn_reading_numbers},
    {"attn_reading_top", ask_attn_reading_top},
    {"attn_probe_probabilities", ask_attn_probe_probabilities},
    {"attn_probe_weights", ask_attn_probe_weights},
    {"attn_probe_states", ask_attn_probe_states},
    {"attn_context_threads", ask_attn_context_threads},
    {"attn_context_isa", ask_attn_context_isa},
    {"attn_context_isa_name", ask_attn_context_isa_name},
    {"attn_context_free", ask_attn_context_free},
    {"attn_dense_share", ask_attn_dense_share},
    {"attn_embedding_share", ask_attn_embedding_share},
    {"attn_file_count", ask_attn_file_count},
    {"attn_file_config", ask_attn_file_config},
    {"attn_file_metadata", ask_attn_file_metadata},
    {"attn_file_layer_count", ask_attn_file_layer_count},
    {"attn_gru_share", ask_attn_gru_share},
    {"attn_ngrams_builder_size", ask_attn_ngrams_builder_size},
    {"attn_ngrams_share", ask_attn_ngrams_share},
    {"attn_ngrams_get", ask_attn_ngrams_get},
    {"attn_ngrams_find", ask_attn_ngrams_find},
    {"attn_params_context", ask_attn_params_context},
    {"attn_params_count", ask_attn_params_count},
    {"attn_params_size", ask_attn_params_size},
    {"attn_params_values", ask_attn_params_values},
    {"attn_params_gradients", ask_attn_params_gradients},
    {"attn_pieces_count", ask_attn_pieces_count},
    {"attn_tape_depth", ask_attn_tape_depth},
    {"attn_tape_bytes", ask_attn_tape_bytes},
    {"attn_tokens_count", ask_attn_tokens_count},
    {"attn_tokens_get", ask_attn_tokens_get},
    {"attn_tokens_begins", ask_attn_tokens_begins},
    {"attn_tokens_ends", ask_attn_tokens_ends},
    {"attn_tokens_invalid", ask_attn_tokens_invalid},
    {"attn_vocab_builder_missed", ask_attn_vocab_builder_missed},
    {"attn_vocab_share", ask_attn_vocab_share},
    {"attn_vocab_size", ask_attn_vocab_size},
    {"attn_vocab_id", ask_attn_vocab_id},
    {"attn_vocab_token", ask_attn_vocab_token},
    {"attn_vocab_frequency", ask_attn_vocab_frequency},
};
