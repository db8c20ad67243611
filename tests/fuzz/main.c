/* Feeds a fuzzer's entry point with the files named on the command line, without a fuzzer. */
#include "fuzz.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    static uint8_t bytes[1 << 20];
    for (int i = 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "rb");
        if (!file) {
            perror(argv[i]);
            return 1;
        }
        size_t n = fread(bytes, 1, sizeof bytes, file);
        (void)fclose(file);
        uint8_t *exact = malloc(n > 0 ? n : 1); /* of that size, so that reading on is seen */
        REQUIRE(exact);
        for (size_t j = 0; j < n; j++)
            exact[j] = bytes[j];
        (void)LLVMFuzzerTestOneInput(exact, n);
        free(exact);
    }
    return 0;
}
