// Precompiled for the unit tests of every module.
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "precompiled.hpp"
