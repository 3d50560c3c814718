# SPDX-License-Identifier: Apache-2.0
"""The chart podveil-gateway."""
