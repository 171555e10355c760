@NullMarked
package dev.limpet.admin.door;

import org.jspecify.annotations.NullMarked;
