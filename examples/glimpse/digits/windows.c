/* windows.c - a line of a window lies in one piece both in the grid and in the window, so that lines are what is moved. */
#include "windows.h"

#include <string.h>

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

/* Of line `line` of window `place`: where in the grid the part that lies in it begins, and where in the window; returns how many
 * numbers it has, 0 where the line lies beyond the grid. */
static int64_t find_line(const struct windows *windows, int64_t place, int64_t line, int64_t *in_grid,
                         int64_t *in_window)
{
    const int64_t across = windows_across(windows),
                  row = place / across * windows->step - windows->margin + line;
    int64_t left = place % across * windows->step - windows->margin, right = left + windows->side;
    const int64_t from = left < 0 ? 0 : left, to = right > windows->width ? windows->width : right;
    if (row < 0 || row >= windows->height)
        return 0;
    *in_grid = (row * windows->width + from) * windows->depth;
    *in_window = (line * windows->side + from - left) * windows->depth;
    return (to - from) * windows->depth;
}

void windows_cut(const struct windows *windows, int64_t rows, const float *grid, float *cut)
{
    const int64_t places = windows_down(windows) * windows_across(windows), dim = windows_dim(windows),
                  size = windows->height * windows->width * windows->depth;
    memset(cut, 0, (size_t)(rows * places * dim) * sizeof *cut);
    for (int64_t place = 0; place < places; place++) {
        for (int64_t line = 0; line < windows->side; line++) {
            int64_t in_grid, in_window, count = find_line(windows, place, line, &in_grid, &in_window);
            for (int64_t b = 0; b < rows && count > 0; b++)
                memcpy(cut + (b * places + place) * dim + in_window, grid + b * size + in_grid,
                       (size_t)count * sizeof *cut);
        }
    }
}

void windows_back(const struct windows *windows, int64_t rows, const float *dcut, float *dgrid)
{
    const int64_t places = windows_down(windows) * windows_across(windows), dim = windows_dim(windows),
                  size = windows->height * windows->width * windows->depth;
    memset(dgrid, 0, (size_t)(rows * size) * sizeof *dgrid);
    for (int64_t place = 0; place < places; place++) {
        for (int64_t line = 0; line < windows->side; line++) {
            int64_t in_grid, in_window, count = find_line(windows, place, line, &in_grid, &in_window);
            for (int64_t b = 0; b < rows && count > 0; b++) {
                const float *from = dcut + (b * places + place) * dim + in_window;
                float *to = dgrid + b * size + in_grid;
                for (int64_t i = 0; i < count; i++)
                    to[i] += from[i];
            }
        }
    }
}
