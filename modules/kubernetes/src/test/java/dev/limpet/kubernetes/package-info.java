@NullMarked
package dev.limpet.kubernetes;

import org.jspecify.annotations.NullMarked;
