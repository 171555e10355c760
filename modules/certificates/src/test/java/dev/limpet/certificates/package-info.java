@NullMarked
package dev.limpet.certificates;

import org.jspecify.annotations.NullMarked;
