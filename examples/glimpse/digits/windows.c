/* windows.c - a line of a window lies in one piece both in the grid and in the window, so that lines are what is moved. */
#include "windows.h"

#include <string.h>

#include "common/rows.h"

int64_t windows_down(const struct windows *windows)
{
    return (windows->height + 2 * windows->margin - windows->side) / windows->step + 1;
}

int64_t windows_across(const struct windows *windows)
{
    return (windows->width + 2 * windows->margin - windows->side) / windows->step + 1;
}

int64_t windows_dim(const struct windows *windows)
{
    return windows->side * windows->side * windows->depth;
}

/* A window's line: what of it lies in the grid, none where it lies beyond. All in numbers. */
struct line {
    int64_t in_grid, in_window; /* where that part begins */
    int64_t count;
};

static struct line find_line(const struct windows *windows, int64_t down, int64_t across, int64_t line)
{
    const int64_t row = down * windows->step - windows->margin + line;
    const int64_t left = across * windows->step - windows->margin, right = left + windows->side;
    const int64_t from = left < 0 ? 0 : left, to = right > windows->width ? windows->width : right;
    if (row < 0 || row >= windows->height)
        return (struct line){0, 0, 0};
    return (struct line){(row * windows->width + from) * windows->depth, (from - left) * windows->depth,
                         (to - from) * windows->depth};
}

/* Grid by grid and window by window, as they lie in memory. */
void windows_cut(const struct windows *windows, int64_t rows, const float *grid, float *cut)
{
    const int64_t across = windows_across(windows), places = windows_down(windows) * across,
                  size = windows->height * windows->width * windows->depth,
                  width = windows->side * windows->depth;
    for (int64_t i = 0; i < rows * places; i++) {
        const int64_t place = i % places, y = place / across, x = place % across;
        for (int64_t l = 0; l < windows->side; l++, cut += width) {
            const struct line line = find_line(windows, y, x, l);
            if (line.count < width)
                memset(cut, 0, (size_t)width * sizeof *cut);
            memcpy(cut + line.in_window, grid + i / places * size + line.in_grid,
                   (size_t)line.count * sizeof *cut);
        }
    }
}

void windows_back(const struct windows *windows, int64_t rows, const float *dcut, float *dgrid)
{
    const int64_t across = windows_across(windows), places = windows_down(windows) * across,
                  size = windows->height * windows->width * windows->depth,
                  width = windows->side * windows->depth;
    memset(dgrid, 0, (size_t)(rows * size) * sizeof *dgrid);
    for (int64_t i = 0; i < rows * places; i++) {
        const int64_t place = i % places, y = place / across, x = place % across;
        for (int64_t l = 0; l < windows->side; l++, dcut += width) {
            const struct line line = find_line(windows, y, x, l);
            add_numbers(line.count, dcut + line.in_window, dgrid + i / places * size + line.in_grid);
        }
    }
}
