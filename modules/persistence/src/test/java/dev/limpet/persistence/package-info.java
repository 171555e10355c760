@NullMarked
package dev.limpet.persistence;

import org.jspecify.annotations.NullMarked;
