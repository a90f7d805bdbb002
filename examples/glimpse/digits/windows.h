/* windows.h - overlapping windows of a grid, so that one dense layer over them is a convolution. */
#ifndef GLIMPSE_WINDOWS_H
#define GLIMPSE_WINDOWS_H

#include <stdint.h>

struct windows {
    int64_t height, width, depth; /* of the grid: cells, and numbers of each */
    int64_t side, step,
        margin; /* of the windows: cells both ways, from one to the next, and beyond the grid, where it is 0 */
};

/* How many stand below and beside each other, and the numbers of each. */
int64_t windows_down(const struct windows *windows);
int64_t windows_across(const struct windows *windows);
int64_t windows_dim(const struct windows *windows);

/* cut[rows, down, across, dim] from grid[rows, height, width, depth]; and its gradient back, which is written. */
void windows_cut(const struct windows *windows, int64_t rows, const float *grid, float *cut);
void windows_back(const struct windows *windows, int64_t rows, const float *dcut, float *dgrid);

#endif
