@NullMarked
package dev.limpet.admin.tail;

import org.jspecify.annotations.NullMarked;
