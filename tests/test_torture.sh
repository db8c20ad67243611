#!/bin/sh
# A short torture; `make torture` is the long one.
AE_KILLS=${AE_KILLS:-6} exec "$(dirname "$0")/torture"
