/* checkkernel.c - each kernel of each variant that this machine has, on odd sizes.
 *
 *     checkkernel            compare; nothing but the stated error is allowed, and nothing is written out of bounds
 *     checkkernel --bench    time (bench.c)
 *     checkkernel --list     print the names of the variants, the best one last */
#include "kernel_test.h"

const attni_kernels *kernel_variant(int index)
{
    for (int32_t isa = ATTN_ISA_REFERENCE; isa <= ATTN_ISA_AVX512BF16; isa++) {
        const attni_kernels *kernels = attni_kernels_for(isa);
        if (kernels && index-- == 0)
            return kernels;
    }
    return NULL;
}

int kernel_variants(void)
{
    int count = 0;
    while (kernel_variant(count))
        count++;
    return count;
}

START_TEST(the_best_variant_is_the_last_one)
{
    ck_assert_ptr_eq(attni_kernels_for(ATTN_ISA_BEST), kernel_variant(kernel_variants() - 1));
    ck_assert_ptr_null(attni_kernels_for(99));
    for (int i = 0; i < kernel_variants(); i++) {
        ck_assert_int_gt(kernel_variant(i)->panel, 0);
        ck_assert_int_gt(kernel_variant(i)->row_block, 0);
    }
}
END_TEST

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--bench") == 0)
        return kernel_bench();
    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        for (int i = 0; i < kernel_variants(); i++)
            puts(kernel_variant(i)->name);
        return 0;
    }
    if (argc > 1) {
        fprintf(stderr, "usage: checkkernel [--bench | --list]\n");
        return 2;
    }
    Suite *suite = suite_create("kernels");
    TCase *group = tcase_create("kernels");
    tcase_set_timeout(group, 300);
    kernel_product_tests(group);
    kernel_function_tests(group);
    tcase_add_test(group, the_best_variant_is_the_last_one);
    suite_add_tcase(suite, group);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
