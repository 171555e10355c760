@NullMarked
package dev.limpet.dashboard;

import org.jspecify.annotations.NullMarked;
