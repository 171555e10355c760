@NullMarked
package dev.limpet.cluster;

import org.jspecify.annotations.NullMarked;
