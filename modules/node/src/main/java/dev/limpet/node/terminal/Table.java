package dev.limpet.node.terminal;

import java.util.ArrayList;
import java.util.List;

/** Rows of cells, in columns as wide as their longest cell. Numbers end where their column does. */
public final class Table {

  /** A colour of a terminal's. */
  public enum Colour {
    NONE(""),
    RED("\u001b[31m"),
    GREEN("\u001b[32m"),
    YELLOW("\u001b[33m");

    private final String code;

    Colour(String code) {
      this.code = code;
    }
  }

  private static final String END_OF_COLOUR = "\u001b[0m";
  private static final String GAP = "  ";

  /**
   * A cell with a colour, where there are colours.
   *
   * @param right whether it ends where its column does
   */
  public record Cell(Object value, Colour colour, boolean right) {

    public Cell(Object value, Colour colour) {
      this(value, colour, value instanceof Number);
    }
  }

  private final List<List<Cell>> rows = new ArrayList<>();

  public Table(Object... heads) {
    row(heads);
  }

  /**
   * @param cells text, numbers, or a {@link Cell} of either
   */
  public Table row(Object... cells) {
    List<Cell> row = new ArrayList<>();
    for (Object cell : cells) {
      row.add(cell instanceof Cell coloured ? coloured : new Cell(cell, Colour.NONE));
    }
    rows.add(row);
    return this;
  }

  public List<String> lines(boolean colours) {
    List<Integer> widths = new ArrayList<>();
    for (List<Cell> row : rows) {
      for (int i = 0; i < row.size(); i++) {
        int width = widthOf(text(row.get(i)));
        if (i == widths.size()) {
          widths.add(width);
        }
        widths.set(i, Math.max(widths.get(i), width));
      }
    }
    List<String> lines = new ArrayList<>();
    for (int r = 0; r < rows.size(); r++) {
      List<Cell> row = rows.get(r);
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < row.size(); i++) {
        Cell cell = row.get(i);
        String space = " ".repeat(widths.get(i) - widthOf(text(cell)));
        boolean right = isNumber(cell) || (r == 0 && isOfNumbers(i));
        line.append(right ? space : "").append(painted(cell, colours)).append(right ? "" : space);
        line.append(GAP);
      }
      lines.add(line.toString().stripTrailing());
    }
    return lines;
  }

  private boolean isOfNumbers(int column) {
    return rows.size() > 1
        && rows.stream().skip(1).allMatch(row -> column >= row.size() || isNumber(row.get(column)));
  }

  private static boolean isNumber(Cell cell) {
    return cell.right();
  }

  private static String painted(Cell cell, boolean colours) {
    return colours && cell.colour() != Colour.NONE
        ? cell.colour().code + text(cell) + END_OF_COLOUR
        : text(cell);
  }

  private static String text(Cell cell) {
    return Words.plain(cell.value().toString());
  }

  private static int widthOf(String text) {
    return text.codePointCount(0, text.length());
  }
}
